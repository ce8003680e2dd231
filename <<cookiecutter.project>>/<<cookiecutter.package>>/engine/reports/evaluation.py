"""What a table of predictions says: metrics.json, and charts."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from ..core.files import atomic_write
from ..definitions.definition import Definition
from ..inference.predictions import write
from ..loggers.images import write_figure

METRICS = "metrics.json"


def metrics_of(table: pl.DataFrame, definition: Definition) -> dict[str, Any]:
    """Samples, loss, and what the definition judges."""
    loss, weight = (table[name].to_numpy().astype("float64") for name in ("loss", "weight"))
    return {"samples": len(table), "loss": float((loss * weight).sum() / weight.sum()), **definition.summarize(table)}


def write_tables(table: pl.DataFrame, definition: Definition, folder: Path) -> dict[str, Any]:
    """The predictions and their metrics, into `folder`; returns the metrics."""
    write(table, definition, folder)
    metrics = metrics_of(table, definition)
    with atomic_write(folder / METRICS) as path:
        path.write_text(json.dumps(metrics, indent=2) + "\n")
    return metrics


def write_charts(table: pl.DataFrame, definition: Definition, folder: Path) -> dict[str, Path]:
    """A PNG for each chart of the definition, by its name."""
    paths = {}
    for name, figure in definition.charts(table).items():
        paths[name] = write_figure(figure, folder / f"{name}.png")
    return paths


def numbers(metrics: Mapping[str, Any]) -> dict[str, float]:
    """Those metrics that are one number."""
    return {name: value for name, value in metrics.items() if isinstance(value, (int, float))}
