"""Pictures in files, and for those loggers that take pictures."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image
from pytorch_lightning.loggers import Logger, MLFlowLogger, TensorBoardLogger, WandbLogger

from .files import replacing


def write_figure(figure: Figure, path: Path) -> Path:
    """A PNG at `path`, which is returned."""
    with replacing(path) as new:
        figure.savefig(new, dpi=100, format="png")
    return path


def show_image(loggers: Iterable[Logger], name: str, path: Path, step: int) -> None:
    """Hand the PNG file `path` to TensorBoard, Weights & Biases and MLflow, as far as they are there."""
    for logger in loggers:
        if isinstance(logger, TensorBoardLogger):
            pixels = np.asarray(Image.open(path).convert("RGB"))
            logger.experiment.add_image(name, pixels, step, dataformats="HWC")
        elif isinstance(logger, WandbLogger):
            logger.log_image(name, [str(path)])
        elif isinstance(logger, MLFlowLogger):
            logger.experiment.log_artifact(logger.run_id, str(path), "pictures")
