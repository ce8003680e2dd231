"""Differences between runs on the same samples, with intervals: which one is better, and is it shown?"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from ..core.errors import InputError
from ..core.plain import PlainData
from ..datasets.dataset import SplitName
from ..definitions.row_metrics import Array, RowMetric
from ..inference.predictions import read
from .bootstrap import Interval, difference, holm, interval_of, seeds_needed
from .comparison import Run, by_validation, differences

SHOWN = 0.05  # largest p of a difference that is said to be shown


class Side(NamedTuple):
    """Runs of one config: their name, their folders, and the columns of each metric of each run."""

    name: str
    runs: list[Path]
    columns: dict[str, list[Array]]

    def score(self, metric: RowMetric, name: str) -> float:
        """Mean of a metric over the runs."""
        return float(np.mean([metric.value(columns.sum(0)) for columns in self.columns[name]]))


class Difference(NamedTuple):
    """Metric of `other` compared with that of `one`; `p` is corrected for the number of comparisons.

    `better`: the side that is shown to be better, None if none is; `seeds`: a side that a difference of this size would
    need, None if it is not known.
    """

    split: str
    metric: str
    samples: int
    one: str
    other: str
    scores: tuple[Interval, Interval]
    difference: Interval
    p: float
    better: str | None
    seeds: int | None
    single: bool

    def sentence(self) -> str:
        """What is shown."""
        name, count = f"{self.split}/{self.metric}", f"n = {self.samples:,}"
        half = (self.difference.high - self.difference.low) / 2
        if self.better is None:
            said = f"{name}: no difference shown between {self.one} and {self.other}"
            size = f" ({self.difference.value:+.4f} ± {half:.4f}, {count})"
        else:
            said = f"{name}: {self.better} is better than {self.one if self.better == self.other else self.other}"
            size = f" by {abs(self.difference.value):.4f} ± {half:.4f} ({count})"
        needed = f"; to show it would need about {self.seeds:,} seeds a side" if self.seeds and not self.better else ""
        return said + size + needed + "."

    def as_plain(self) -> PlainData:
        """Plain data, for `format=json`."""
        plain = self._asdict() | {"difference": self.difference._asdict(), "sentence": self.sentence()}
        return plain | {"scores": [score._asdict() for score in self.scores]}


def compared(folders: Mapping[str, Path], split: SplitName) -> list[Difference]:
    """Compare each config with the best by validation, in each metric that rows give; runs that differ only in the seed
    are one config.

    Raises:
        InputError: a run has no predictions of the split, or the runs have other samples or another definition.
    """
    sides, metrics, count = _sides(folders, split)
    first, *others = sides
    found: list[Difference] = []
    for name, metric in metrics.items():
        intervals = [difference(metric, first.columns[name], other.columns[name]) for other in others]
        corrected = holm([interval.p for interval in intervals])
        for other, interval, p in zip(others, intervals, corrected, strict=True):
            shown = p <= SHOWN
            greater = first.name if interval.value < 0 else other.name
            less = other.name if interval.value < 0 else first.name
            better = (greater if metric.greater_is_better else less) if shown else None
            scores = _score(metric, first.columns[name]), _score(metric, other.columns[name])
            seeds = _seeds(metric, name, first, other, interval.value)
            single = max(len(first.runs), len(other.runs)) == 1
            names = (first.name, other.name)
            found.append(Difference(split, name, count, *names, scores, interval, p, better, seeds, single))
    return found


def _score(metric: RowMetric, columns: Sequence[Array]) -> Interval:
    """Score of a side with its interval over samples; of several runs the means of both."""
    intervals = [interval_of(metric, each) for each in columns]
    return Interval(*(float(np.mean(ends)) for ends in zip(*intervals, strict=True)))


def _seeds(metric: RowMetric, name: str, first: Side, other: Side, size: float) -> int | None:
    spreads = [
        np.std([metric.value(columns.sum(0)) for columns in side.columns[name]], ddof=1)
        for side in (first, other)
        if len(side.runs) > 1
    ]
    return seeds_needed(size, float(np.mean(spreads))) if spreads and size else None


def _sides(folders: Mapping[str, Path], split: SplitName) -> tuple[list[Side], dict[str, RowMetric], int]:
    """Configs with their runs, the best by validation first; the metrics; the number of samples."""
    runs = by_validation({name: Run.of(folder) for name, folder in folders.items()})
    tables = {name: _read(folders[name], split) for name in runs}
    first = next(iter(tables.values()))
    metrics = first[1]
    for name, (table, known) in tables.items():
        if set(known) != set(metrics) or not table["id"].equals(first[0]["id"]):
            raise InputError(
                f"{folders[name]} has other {split} samples or metrics than {folders[next(iter(tables))]}: expected "
                "the same problem, data and split (with another `seed`, the validation samples are others)."
            )
    special = [path for path in differences(runs) if path != "seed"]
    groups: dict[str, list[str]] = {}
    for name, run in runs.items():
        groups.setdefault(", ".join(f"{path}={run.config.get(path)}" for path in special), []).append(name)
    sides = []
    for config, names in groups.items():
        title = names[0] if len(names) == 1 else f"{config or 'all'} ({len(names)} seeds)"
        columns = {key: [metric.columns(tables[name][0]) for name in names] for key, metric in metrics.items()}
        sides.append(Side(title, [folders[name] for name in names], columns))
    if len(sides) < 2:
        raise InputError(f"The {len(runs)} runs have one config, but for the seed: expected two to compare.")
    return sides, metrics, len(first[0])


def _read(folder: Path, split: SplitName) -> tuple[pl.DataFrame, dict[str, RowMetric]]:
    path = folder / split / "predictions.parquet"
    if not path.is_file():
        raise InputError(f"{folder} has no {split}/predictions.parquet: expected rows of its {split} samples.")
    evaluated = read(path)
    metrics = evaluated.definition.presentation().row_metrics()
    return evaluated.table.sort("id"), metrics
