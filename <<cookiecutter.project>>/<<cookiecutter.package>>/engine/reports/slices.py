"""Scores of parts of a split: of each value of a column of its table, or of a file with facts of its samples."""

import math
from collections.abc import Sequence
from difflib import get_close_matches
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from ..core.errors import InputError, first_line
from ..core.files import atomic_write
from ..definitions.row_metrics import RowMetric
from ..inference.predictions import Evaluated
from .bootstrap import intervals_of
from .content import TextTable

KEYS = ("id", "path")  # columns by which a file with facts is joined
MOST, BINS = 20, 5  # values of a number's column; where it has more, ranges with equally many samples
NONE = "(none)"


class Slice(NamedTuple):
    """Samples with one value of a column: their number, and value and interval of each metric."""

    value: str
    samples: int
    scores: dict[str, tuple[float, float, float]]


def slices_of(evaluated: Evaluated, column: str, facts: Path | None = None) -> list[Slice]:
    """Slices by a column, the worst first: by the first metric, or the loss where there is no other.

    Raises:
        InputError: there is no such column, or the file cannot be joined.
    """
    metrics, table = evaluated.definition.presentation().row_metrics(), evaluated.table
    table = table if facts is None else with_facts(table, facts)
    if column not in table.columns:
        others = f"expected one of {', '.join(table.columns)}, or of a file metadata=<CSV or Parquet> with id or path."
        near = get_close_matches(column, table.columns, 1)
        hint = f"did you mean {near[0]}?" if near else others
        raise InputError(f"by = {column}: there is no such column, {hint}")
    values = _in_ranges(table[column])
    found = [
        Slice(str(value), len(rows), _scores(metrics, rows.drop("_slice")))
        for (value,), rows in table.with_columns(values.alias("_slice")).group_by("_slice", maintain_order=True)
    ]
    name = ranking(metrics)
    sign = -1 if metrics[name].greater_is_better else 1
    return sorted(found, key=lambda each: (math.isnan(each.scores[name][0]), -sign * each.scores[name][0]))


def ranking(metrics: dict[str, RowMetric]) -> str:
    """Metric that says which slice is the worst."""
    return next((name for name in metrics if name != "loss"), "loss")


def _scores(metrics: dict[str, RowMetric], rows: pl.DataFrame) -> dict[str, tuple[float, float, float]]:
    ends = intervals_of(metrics, rows)
    values = {name: float(metric.value(metric.columns(rows).sum(0))) for name, metric in metrics.items()}
    return {name: (value, *ends.get(name, (math.nan, math.nan))) for name, value in values.items()}


def _in_ranges(values: pl.Series) -> pl.Series:
    """Values as text; numbers with many values as ranges."""
    if not values.dtype.is_numeric() or values.n_unique() <= MOST:
        return values.cast(pl.String).fill_null(NONE)
    ends = sorted({float(values.quantile(number / BINS) or 0) for number in range(1, BINS)})
    texts = [f"{end:.4g}" for end in ends]
    between = [f"{low} to {high}" for low, high in pairwise(texts)]
    labels = [f"up to {texts[0]}", *between, f"above {texts[-1]}"]
    places = np.searchsorted(ends, values.fill_null(0).to_numpy())
    return pl.Series([labels[place] for place in places]).zip_with(values.is_not_null(), pl.Series([NONE]))


def with_facts(table: pl.DataFrame, path: Path) -> pl.DataFrame:
    """TextTable with the columns of a CSV or Parquet file, joined by `id` or `path`.

    Raises:
        InputError: the file cannot be read, has neither column, or no row of a sample.
    """
    try:
        facts = pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema_length=None)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(f"metadata = {path} cannot be read ({first_line(error)}).") from error
    key = next((name for name in KEYS if name in facts.columns and name in table.columns), None)
    if key is None:
        raise InputError(f"metadata = {path} has the columns {', '.join(facts.columns)}, expected id or path.")
    new = [name for name in facts.columns if name == key or name not in table.columns]
    if twice := facts.filter(facts[key].is_duplicated())[key].to_list():
        raise InputError(f"metadata = {path} has {key} {twice[0]} more than once, expected a row for each sample.")
    facts = facts.select(new).with_columns(pl.col(key).cast(table[key].dtype, strict=False))
    if not table[key].is_in(facts[key].drop_nulls().to_list()).any():
        raise InputError(f"metadata = {path} has no {key} of these samples, such as {table[key][0]}.")
    return table.join(facts, key, how="left", maintain_order="left")


def write_slices(slices: Sequence[Slice], column: str, path: Path) -> TextTable:
    """Write slices as CSV, and return them as a table, in which the worst is marked."""
    rows = [
        {column: each.value, "samples": each.samples}
        | {
            f"{name}{end}": number
            for name, score in each.scores.items()
            for end, number in zip(("", "_low", "_high"), score, strict=True)
        }
        for each in slices
    ]
    with atomic_write(path) as new:
        pl.DataFrame(rows).write_csv(new)
    cells = [
        [
            each.value,
            f"{each.samples:,}",
            *(f"{value:.4f} ({low:.4f} to {high:.4f})" for value, low, high in each.scores.values()),
        ]
        for each in slices
    ]
    if len(cells) > 1:
        cells[0][0] += "  ← worst"
    return [[column, "samples", *(f"{name} (95 %)" for name in slices[0].scores)], *cells]
