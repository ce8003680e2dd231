"""Files of an evaluation: prediction tables, metrics.json and charts."""

import json
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from ..core.files import atomic_write
from ..inference.predictions import Evaluated, write
from ..loggers.images import write_figure

METRICS = "metrics.json"
COMPARISON = "comparison.csv"


def metrics_of(evaluated: Evaluated) -> dict[str, object]:
    """Number of samples, loss, metrics, and the summary of the presentation."""
    summary = evaluated.definition.presentation().summarize(evaluated.table)
    return {"samples": len(evaluated.table), **summary, **evaluated.metrics}


def write_all(evaluated: Evaluated, folder: Path) -> dict[str, float]:
    """Write tables, charts and samples of the greatest loss to `folder`, and return the metrics that are numbers."""
    metrics = numbers(write_tables(evaluated, folder))
    write_charts(evaluated, folder)
    if evaluated.worst is not None:
        write_figure(evaluated.worst, folder / "worst.png")
    return metrics


def write_tables(evaluated: Evaluated, folder: Path) -> dict[str, object]:
    """Write the prediction tables and metrics.json to `folder`, and return the metrics."""
    write(evaluated, folder)
    metrics = metrics_of(evaluated)
    with atomic_write(folder / METRICS) as path:
        path.write_text(json.dumps(metrics, indent=2) + "\n")
    return metrics


def write_charts(evaluated: Evaluated, folder: Path) -> dict[str, Path]:
    """Write each chart of the presentation as a PNG file, and return the paths by name."""
    charts = evaluated.definition.presentation().charts(evaluated.table)
    return {name: write_figure(figure, folder / f"{name}.png") for name, figure in charts.items()}


def numbers(metrics: Mapping[str, object]) -> dict[str, float]:
    """Metrics that are a single number."""
    return {name: value for name, value in metrics.items() if isinstance(value, int | float)}


def write_comparison(metrics: Mapping[str, Mapping[str, float]], folder: Path) -> None:
    """Write comparison.csv to `folder`: a row for each evaluated run, a column for each metric."""
    rows = [{"run": run, **values} for run, values in metrics.items()]
    with atomic_write(folder / COMPARISON) as path:
        pl.DataFrame(rows, infer_schema_length=None).write_csv(path)
