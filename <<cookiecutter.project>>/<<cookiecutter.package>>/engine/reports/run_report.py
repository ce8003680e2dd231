"""Report of a tested run: charts, worst samples and page."""

import logging
from collections.abc import Iterable
from pathlib import Path

from pytorch_lightning.loggers import Logger

from ..data.datamodule import DataModule
from ..inference.ensemble import Ensemble
from ..inference.predictions import read
from ..inference.worst import draw_worst, write_worst
from ..loggers.images import show_image, write_figure
from ..models.pipeline import Pipeline
from .evaluation import write_charts
from .run_page import GALLERY, write_page

log = logging.getLogger(__name__)


def write_report(folder: Path, data: DataModule, pipeline: Pipeline, loggers: Iterable[Logger], step: int) -> None:
    """Write charts and the worst test samples to `folder`/pictures and to the loggers, and the page of the run.

    An error is logged, not raised: the training has succeeded.
    """
    try:
        _write(folder, data, pipeline, loggers, step)
    except Exception:
        log.exception("The report was not written; after fixing the error, run: python report.py run=%s", folder)


def _write(folder: Path, data: DataModule, pipeline: Pipeline, loggers: Iterable[Logger], step: int) -> None:
    stored = folder / "test" / "predictions.parquet"
    if stored.is_file():
        evaluated, pictures = read(stored), folder / "pictures"
        drawn = write_charts(evaluated, pictures)
        ensemble = Ensemble({"run": pipeline})
        worst = evaluated.table, data.splits["test"], ensemble.predict_batch, evaluated.definition
        write_worst(stored.with_name(GALLERY), *worst)
        figure = draw_worst(*worst)
        drawn["worst"] = write_figure(figure, pictures / "worst.png")
        for name, path in drawn.items():
            show_image(loggers, name, path, step)
    write_page(folder)
