"""Intervals hold what they promise: simulations with fixed seeds."""

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.stats import norm

from my_project.engine.definitions.row_metrics import Array, RowMetric, mean_of
from my_project.engine.reports import bootstrap
from my_project.engine.reports.bootstrap import difference, holm, interval_of, seeds_needed, weights

MEAN = mean_of("score", greater_is_better=True)
SIMULATIONS = 400


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "RESAMPLES", 1000)


def rows(scores: Sequence[float] | Array) -> Array:
    """Columns of the mean of scores."""
    return np.stack([scores, np.ones(len(scores))], 1)


def test_weights_are_those_of_a_poisson_draw() -> None:
    drawn = np.concatenate(list(weights(500, 0)))
    assert drawn.shape == (1000, 500)
    assert drawn.mean() == pytest.approx(1, abs=0.01)
    assert drawn.var() == pytest.approx(1, abs=0.02)
    assert (drawn == 0).mean() == pytest.approx(np.exp(-1), abs=0.005)


def test_an_interval_holds_the_truth_in_95_of_100_cases() -> None:
    draws = np.random.default_rng(1)
    held = 0
    for seed in range(SIMULATIONS):
        found = interval_of(MEAN, rows((draws.random(300) < 0.8).astype(float)), seed)
        held += found.low <= 0.8 <= found.high
    assert 0.92 <= held / SIMULATIONS <= 0.98


def test_a_share_near_one_is_held_too_and_is_never_certain() -> None:
    draws = np.random.default_rng(4)
    held = 0
    for seed in range(SIMULATIONS):
        found = interval_of(MEAN, rows((draws.random(100) < 0.97).astype(float)), seed)
        held += found.low <= 0.97 <= found.high
    assert 0.92 <= held / SIMULATIONS <= 0.985
    certain = interval_of(MEAN, rows(np.ones(360)))
    assert certain.low == pytest.approx(0.9894, abs=1e-3)  # 1 / (1 + 1.96² / 360)
    assert certain.high == 1


def test_many_samples_are_drawn_in_blocks_with_the_same_interval(monkeypatch: pytest.MonkeyPatch) -> None:
    scores = rows(np.random.default_rng(5).exponential(1, 5003))
    whole = interval_of(MEAN, scores)
    monkeypatch.setattr(bootstrap, "BLOCKS", 500)
    blocks = interval_of(MEAN, scores)
    assert blocks.value == whole.value
    assert blocks.high - blocks.low == pytest.approx(whole.high - whole.low, rel=0.15)


@pytest.mark.parametrize("effect", [0.0, 0.2])
def test_a_paired_difference_is_shown_as_often_as_theory_says(effect: float) -> None:
    """Never in 5 of 100 cases where there is none; with the power of a z-test where there is one."""
    draws, count, deviation, shown = np.random.default_rng(2), 200, 1.0, 0
    for seed in range(SIMULATIONS):
        one = draws.normal(0, 3, count)  # what is hard for one run is hard for the other
        other = one + draws.normal(effect, deviation, count)
        found = difference(MEAN, [rows(one)], [rows(other)], seed)
        assert (found.p < 0.05) == (not found.low <= 0 <= found.high) or 0.03 < found.p < 0.07
        shown += not found.low <= 0 <= found.high
    wanted = norm.sf(norm.ppf(0.975) - effect * count**0.5 / deviation) if effect else 0.05
    assert shown / SIMULATIONS == pytest.approx(wanted, abs=0.06 if effect else 0.03)


def test_several_seeds_hold_their_difference_in_95_of_100_cases() -> None:
    """Two equal configs with five seeds, whose runs differ; the samples are the same."""
    draws, held = np.random.default_rng(3), 0
    for seed in range(SIMULATIONS):
        hardness = draws.normal(0, 1, 300)
        sides = [
            [rows(hardness + draws.normal(0, 0.5, 300) + draws.normal(0, 0.2)) for _ in range(5)] for _ in range(2)
        ]
        found = difference(MEAN, sides[0], sides[1], seed)
        held += found.low <= 0 <= found.high
    assert 0.92 <= held / SIMULATIONS <= 0.98


@pytest.mark.slow
def test_one_seed_a_side_would_not_hold_it() -> None:
    """Why several are needed: an interval over samples alone misses the seed."""
    draws, held = np.random.default_rng(3), 0
    for seed in range(SIMULATIONS // 2):
        hardness = draws.normal(0, 1, 300)
        sides = [[rows(hardness + draws.normal(0, 0.5, 300) + draws.normal(0, 0.2))] for _ in range(2)]
        found = difference(MEAN, sides[0], sides[1], seed)
        held += found.low <= 0 <= found.high
    assert held / (SIMULATIONS // 2) < 0.5


def test_the_number_of_seeds_gives_the_power() -> None:
    count, draws = seeds_needed(0.5, 1.0), np.random.default_rng(4)
    assert count == 63  # of tables for two groups, d = 0.5, power 0.8, by the normal distribution
    one, other = draws.normal(0, 1, (2, 2000, count))
    z = (other.mean(1) + 0.5 - one.mean(1)) / (2 / count) ** 0.5
    assert (np.abs(z) > norm.ppf(0.975)).mean() == pytest.approx(0.8, abs=0.03)


def test_p_values_are_corrected_for_their_number() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_a_ratio_of_sums_is_no_mean_of_ratios_and_absent_parts_are_left_out() -> None:
    metric = RowMetric([("a", "x"), ("b", "y"), ("c", "z")], greater_is_better=True, transform=np.sqrt)
    columns = np.array([[1.0, 2, 0, 2, 2, 0], [3, 2, 0, 6, 6, 0]])
    assert metric.value(columns.sum(0)) == pytest.approx(((4 / 8 + 4 / 8) / 2) ** 0.5)
    assert interval_of(metric, columns).value == pytest.approx(0.5**0.5)
