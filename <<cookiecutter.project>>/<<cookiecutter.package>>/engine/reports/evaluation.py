"""Files of an evaluation: rows, metrics.json and charts."""

import json
from collections.abc import Mapping
from pathlib import Path

from ..core.files import atomic_write
from ..inference.predictions import Evaluated, write
from ..loggers.images import write_figure

METRICS = "metrics.json"


def metrics_of(evaluated: Evaluated) -> dict[str, object]:
    """Number of samples, loss and metrics, and the figures that the presentation makes of the rows."""
    summary = evaluated.definition.presentation().summarize(evaluated.table)
    return {"samples": len(evaluated.table), **summary, **evaluated.metrics}


def write_tables(evaluated: Evaluated, folder: Path) -> dict[str, object]:
    """Write the rows and metrics.json into `folder`; returns the metrics."""
    write(evaluated, folder)
    metrics = metrics_of(evaluated)
    with atomic_write(folder / METRICS) as path:
        path.write_text(json.dumps(metrics, indent=2) + "\n")
    return metrics


def write_charts(evaluated: Evaluated, folder: Path) -> dict[str, Path]:
    """A PNG for each chart of the presentation, by its name."""
    charts = evaluated.definition.presentation().charts(evaluated.table)
    return {name: write_figure(figure, folder / f"{name}.png") for name, figure in charts.items()}


def numbers(metrics: Mapping[str, object]) -> dict[str, float]:
    """Metrics that are one number."""
    return {name: value for name, value in metrics.items() if isinstance(value, int | float)}
