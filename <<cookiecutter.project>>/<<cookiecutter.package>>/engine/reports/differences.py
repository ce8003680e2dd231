"""Differences between runs on the same samples, with intervals: which one is better, and is it shown?"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..core.plain import PlainData
from ..datasets.dataset import SplitName
from ..definitions.row_metrics import Array, RowMetric
from .bootstrap import Interval, difference, holm, interval_of, seeds_needed
from .sides import Side, Sides

SHOWN = 0.05  # largest p of a difference that is said to be shown


class Difference(NamedTuple):
    """A metric of `other` minus that of `one`, the best by validation.

    Attributes:
        scores: Of both, with their intervals over samples; of several runs the means of these.
        p: Corrected for the number of comparisons; the interval of the difference is not.
        better: The side that is shown to be better, None if none is.
        seeds_needed: Seeds a side with which a difference of this size would be shown; None if it is shown, or if the
            runs do not tell.
        single: Whether each side is a single run.
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
    seeds_needed: int | None
    single: bool

    def sentence(self) -> str:
        """What is shown."""
        name, (value, low, high, _) = f"{self.split}/{self.metric}", self.difference
        if self.better is None:
            said = f"{name}: no difference shown, [{self.other}] minus [{self.one}]: {value:+.4f}"
        else:
            worse = self.one if self.better == self.other else self.other
            said = f"{name}: [{self.better}] is better than [{worse}] by {abs(value):.4f}"
            low, high = (low, high) if value > 0 else (-high, -low)
        needed = f"; about {self.seeds_needed:,} seeds a side would show it" if self.seeds_needed else ""
        return f"{said} (95 %: {low:.4f} to {high:.4f}, n = {self.samples:,}){needed}."

    def as_plain(self) -> PlainData:
        """Plain data, for `format=json`."""
        scores = [{"value": value, "low": low, "high": high} for value, low, high, _ in self.scores]
        change = self.difference._asdict()
        return self._asdict() | {"scores": scores, "difference": change, "sentence": self.sentence()}


def compared(sides: Sides, split: SplitName) -> list[Difference]:
    """Compare each side with the first, in each metric that rows give."""
    first, *others = sides.sides
    found: list[Difference] = []
    for name, metric in sides.metrics.items():
        intervals = [difference(metric, first.columns[name], other.columns[name]) for other in others]
        corrected = holm([interval.p for interval in intervals])
        own = _score(metric, first.columns[name])
        for other, interval, p in zip(others, intervals, corrected, strict=True):
            greater = first.name if interval.value < 0 else other.name
            less = other.name if interval.value < 0 else first.name
            better = (greater if metric.greater_is_better else less) if p <= SHOWN else None
            scores = own, _score(metric, other.columns[name])
            seeds = None if better else _seeds(metric, name, first, other, interval.value)
            single, names = first.runs == other.runs == 1, (first.name, other.name)
            found.append(Difference(split, name, sides.samples, *names, scores, interval, p, better, seeds, single))
    return found


def _score(metric: RowMetric, columns: Sequence[Array]) -> Interval:
    """Score of a side with its interval over samples; of several runs the means of both."""
    intervals = [interval_of(metric, each) for each in columns]
    return Interval(*(float(np.mean(ends)) for ends in zip(*intervals, strict=True)))


def _seeds(metric: RowMetric, name: str, first: Side, other: Side, size: float) -> int | None:
    """Seeds a side, if they are more than there are."""
    spreads = [side.scores(name, metric).std(ddof=1) for side in (first, other) if side.runs > 1]
    needed = seeds_needed(size, float(np.mean(spreads))) if spreads and size else 0
    return needed if needed > max(first.runs, other.runs) else None
