"""Intervals of metrics and of their differences, by a bootstrap over samples, and over runs with several seeds."""

import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from polars import DataFrame

from ..definitions.row_metrics import Array, RowMetric

RESAMPLES, CHUNK = 10_000, 250  # of which one chunk's weights are in memory at once
BLOCKS = 10_000  # of which more samples are put together
LEVEL = 0.95  # of the intervals
QUANTILE = NormalDist().inv_cdf((1 + LEVEL) / 2)


class Interval(NamedTuple):
    """Value with the ends of its interval, and the two-sided p of the hypothesis that it is 0."""

    value: float
    low: float
    high: float
    p: float


def weights(count: int, seed: int) -> Iterator[Array]:
    """Poisson weights of `count` samples, (a chunk of `RESAMPLES`, count): how often each is drawn.

    Poisson(1) instead of a multinomial draw: Chamandy et al., Estimating uncertainty for massive data streams, 2012.
    """
    chances = [math.exp(-1) / math.factorial(weight) for weight in range(9)]
    ends = np.rint(np.cumsum(chances) * 2**16).astype(int)  # of 65,536 equal numbers, those up to each weight
    table = np.searchsorted(ends, np.arange(2**16), side="right").astype(np.float32)
    draws = np.random.default_rng(seed)
    for begin in range(0, RESAMPLES, CHUNK):
        size = min(CHUNK, RESAMPLES - begin), count
        yield table[draws.integers(0, 2**16, size, dtype=np.uint16)]


def interval_of(metric: RowMetric, columns: Array, seed: int = 0) -> Interval:
    """Interval of a metric over samples, whose `columns` (samples, parts) are those of `RowMetric.columns`.

    That of a share (of right answers, say) is Wilson's (Probable inference, the law of succession, and statistical
    inference, 1927), which is no point if all answers are right; others are percentiles of the bootstrap.
    """
    value = float(metric.value(columns.sum(0)))
    if not metric.is_share or not np.isin(columns[:, 0], (0, 1)).all():
        return _percentiles(value, _drawn(metric, [columns], seed))
    count, square = len(columns), QUANTILE**2
    centre, scale = (value + square / (2 * count)), 1 + square / count
    half = QUANTILE * math.sqrt(value * (1 - value) / count + square / (4 * count**2))
    low, high = (centre - half) / scale, (centre + half) / scale  # up to rounding, which the next line takes away
    return Interval(value, max(min(value, low), 0.0), min(max(value, high), 1.0), math.nan)


def intervals_of(metrics: Mapping[str, RowMetric], table: DataFrame) -> dict[str, tuple[float, float]]:
    """Ends of the interval of each metric over the rows of a table, of those that have one."""
    found = {name: interval_of(metric, metric.columns(table)) for name, metric in metrics.items()} if len(table) else {}
    return {name: (each.low, each.high) for name, each in found.items() if math.isfinite(each.low + each.high)}


def difference(metric: RowMetric, one: Sequence[Array], other: Sequence[Array], seed: int = 0) -> Interval:
    """Interval of the metric of `other` minus that of `one`, each the mean of the runs of one config (seeds), on the
    same samples.

    With one run a side: percentiles of a paired bootstrap over the samples. With several: the variance over samples (of
    the same bootstrap, of the means) and that over seeds, s²/k for each side, are added, and the interval is that of
    Student's t with the degrees of freedom of Welch (The generalization of "Student's" problem, 1947).
    """
    from scipy.stats import t  # takes a second, which trainings do not need

    values = [np.array([metric.value(columns.sum(0)) for columns in side]) for side in (one, other)]
    found = float(values[1].mean() - values[0].mean())
    drawn = _drawn(metric, other, seed) - _drawn(metric, one, seed)  # of the same resamples
    if max(len(one), len(other)) == 1:
        return _percentiles(found, drawn)
    parts = [(float(drawn.var()), len(one[0]) - 1)]
    parts += [(float(side.var(ddof=1)) / len(side), len(side) - 1) for side in values if len(side) > 1]
    variance = sum(part for part, _ in parts)
    if not variance:
        return Interval(found, found, found, float(not found))
    freedom = variance**2 / sum(part**2 / degrees for part, degrees in parts)
    half = float(t.ppf((1 + LEVEL) / 2, freedom)) * variance**0.5
    return Interval(found, found - half, found + half, float(2 * t.sf(abs(found) / variance**0.5, freedom)))


def _drawn(metric: RowMetric, runs: Sequence[Array], seed: int) -> Array:
    """Mean of a metric over runs for each resample of their samples, (resamples).

    More than `BLOCKS` samples are drawn as blocks, each of every `BLOCKS`-th sample: their sums have the same variance.
    """
    columns = np.concatenate(runs, 1)
    if len(columns) > BLOCKS:
        missing = -len(columns) % BLOCKS
        columns = np.pad(columns, ((0, missing), (0, 0))).reshape(-1, BLOCKS, columns.shape[1]).sum(0)
    columns = columns.astype(np.float32)
    chunks = []
    for chunk in weights(len(columns), seed):
        sums = (chunk @ columns).reshape(len(chunk), len(runs), -1).astype(np.float64)
        chunks.append(metric.value(sums).mean(1))
    return np.concatenate(chunks)


def _percentiles(value: float, drawn: Array) -> Interval:
    drawn = drawn[np.isfinite(drawn)]
    if not len(drawn):
        return Interval(value, math.nan, math.nan, math.nan)
    low, high = np.quantile(drawn, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    tail = min((drawn <= 0).sum(), (drawn >= 0).sum())
    return Interval(value, float(low), float(high), float(min(1.0, 2 * (tail + 1) / (len(drawn) + 1))))


def holm(values: Sequence[float]) -> list[float]:
    """p-values corrected for their number (Holm, A simple sequentially rejective multiple test procedure, 1979)."""
    corrected, greatest = list(values), 0.0
    for rank, index in enumerate(sorted(range(len(values)), key=values.__getitem__)):
        greatest = max(greatest, min(1.0, (len(values) - rank) * values[index]))
        corrected[index] = greatest
    return corrected


def seeds_needed(size: float, deviation: float, power: float = 0.8) -> int:
    """Seeds a side with which a difference of `size` would be shown with probability `power`:
    2 (z(0.975) + z(power))² s² / d², for runs whose scores have the standard deviation s over seeds.
    """
    quantiles = QUANTILE + NormalDist().inv_cdf(power)
    return max(2, int(np.ceil(2 * (quantiles * deviation / size) ** 2)))
