"""Figures as PNG files, and images and text for the loggers that take them."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from matplotlib import rcParams
from matplotlib.figure import Figure
from PIL import Image
from pytorch_lightning.loggers import Logger, MLFlowLogger, TensorBoardLogger, WandbLogger

from ..core.files import atomic_write

rcParams["text.parse_math"] = False  # a class name may be $_$


def write_figure(figure: Figure, path: Path) -> Path:
    """Write a figure as a PNG file, and return its path."""
    with atomic_write(path) as new:
        figure.savefig(new, dpi=100, format="png", pil_kwargs={"compress_level": 3})
    return path


def show_image(loggers: Iterable[Logger], name: str, path: Path, step: int) -> None:
    """Log the PNG file `path` to TensorBoard, Weights & Biases and MLflow, if they are among the loggers."""
    for logger in loggers:
        if isinstance(logger, TensorBoardLogger):
            pixels = np.asarray(Image.open(path).convert("RGB"))
            logger.experiment.add_image(name, pixels, step, dataformats="HWC")
            logger.experiment.flush()  # after the training Lightning does not flush
        elif isinstance(logger, WandbLogger):
            logger.log_image(name, [str(path)])
        elif isinstance(logger, MLFlowLogger):
            logger.experiment.log_artifact(logger.run_id, str(path), "pictures")


def take_images(loggers: Iterable[Logger]) -> bool:
    """Whether any of the loggers takes images."""
    return any(isinstance(logger, (TensorBoardLogger, WandbLogger, MLFlowLogger)) for logger in loggers)


def show_lines(loggers: Iterable[Logger], name: str, lines: Sequence[str], step: int) -> None:
    """Log lines of text to the loggers that take images."""
    for logger in loggers:
        if isinstance(logger, TensorBoardLogger):
            logger.experiment.add_text(name, "  \n".join(lines), step)
        elif isinstance(logger, WandbLogger):
            logger.log_text(name, columns=["sample"], data=[[line] for line in lines])
        elif isinstance(logger, MLFlowLogger):
            logger.experiment.log_text(logger.run_id, "\n".join(lines), f"{name}/{step}.txt")
