"""Files of an evaluation: prediction tables, metrics.json and charts."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from ..core.files import atomic_write
from ..core.job_record import NETWORK
from ..core.plain import PlainData
from ..inference.predictions import Evaluated, write
from ..loggers.images import write_figure
from .bootstrap import intervals_of

METRICS, INTERVALS = "metrics.json", "intervals"
COMPARISON = "comparison.csv"


def metrics_of(evaluated: Evaluated) -> dict[str, object]:
    """Number of samples, loss, metrics, the summary of the presentation, and the 95 % interval of each metric that rows
    give.
    """
    presentation = evaluated.definition.presentation()
    intervals = intervals_of(presentation.row_metrics(), evaluated.table)
    summary = presentation.summarize(evaluated.table)
    return {"samples": len(evaluated.table), **summary, **evaluated.metrics, INTERVALS: intervals}


def write_all(evaluated: Evaluated, folder: Path) -> dict[str, object]:
    """Write tables, charts and samples of the greatest loss to `folder`, and return the metrics."""
    metrics = write_tables(evaluated, folder)
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


def scores_of(metrics: Mapping[str, object]) -> dict[str, str]:
    """Metrics that are a number as text, with their interval where they have one: `0.9889 (0.9718 to 0.9957)`."""
    ends: Mapping[str, Sequence[float]] = metrics.get(INTERVALS, {})  # type: ignore[assignment]  # as they were written
    return {name: with_interval(value, ends.get(name)) for name, value in numbers(metrics).items()}


def with_interval(value: float, ends: Sequence[float] | None) -> str:
    """Text of a number and the ends of its interval."""
    text = f"{value:,}" if isinstance(value, int) else f"{value:.4f}"
    return text if ends is None else f"{text} ({ends[0]:.4f} to {ends[1]:.4f})"


def intervals_in(folder: Path) -> dict[str, list[float]]:
    """Ends of the intervals in the metrics.json of a folder; none if there is no such file."""
    ends: dict[str, list[float]] = metrics_in(folder).get(INTERVALS, {})
    return ends


def metrics_in(folder: Path) -> PlainData:
    """Content of the metrics.json of a folder; empty if there is none."""
    return _content(folder / METRICS)


def parameters_in(run: Path) -> int | None:
    """Number of the network's parameters of a run; None of one that did not record it."""
    found: int | None = _content(run / NETWORK).get("parameters")
    return found


def _content(path: Path) -> PlainData:
    content: PlainData = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return content


def write_comparison(metrics: Mapping[str, Mapping[str, object]], folder: Path) -> None:
    """Write comparison.csv to `folder`: a row for each evaluated run, a column for each metric."""
    rows = [{"run": run, **numbers(values)} for run, values in metrics.items()]
    with atomic_write(folder / COMPARISON) as path:
        pl.DataFrame(rows, infer_schema_length=None).write_csv(path)
