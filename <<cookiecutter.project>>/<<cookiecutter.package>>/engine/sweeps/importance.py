"""How much each word of a sweep matters for its scores."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from optuna.trial import create_trial

from .plan import Plan
from .results import Result, short

FEW = 2  # jobs with a score: nothing can be said of so few


Array = np.ndarray[tuple[int], np.dtype[np.float64]]


class Column(NamedTuple):
    """Values of one key over the jobs.

    Attributes:
        texts: As in the words; empty where a job has none.
        numbers: The same as numbers; None if they are not.
        log: Whether they are better seen on a logarithmic axis.
    """

    texts: list[str]
    numbers: list[float] | None
    log: bool

    def value(self, number: int, space: BaseDistribution) -> str | float:
        """Value of a job, as a choice or a number."""
        return self.numbers[number] if self.numbers and isinstance(space, FloatDistribution) else self.texts[number]

    @property
    def places(self) -> Array:
        """Place of each value on an axis from 0 to 1, (jobs) float64."""
        if self.numbers is not None:
            values = np.log(self.numbers) if self.log else np.array(self.numbers, float)
        else:
            order = sorted(set(self.texts))
            values = np.array([order.index(text) for text in self.texts], float)
        return scaled(values)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """Places with their texts: of each choice, or of the ends of numbers with many values."""
        places = dict(zip(self.texts, map(float, self.places), strict=True))
        if self.numbers is None or len(places) <= 8:
            return [(place, short(text)) for text, place in places.items()]
        ends = [self.texts[self.numbers.index(end)] for end in (min(self.numbers), max(self.numbers))]
        return [(places[text], short(text)) for text in ends]


def scaled(values: Array) -> Array:
    """Values from 0 to 1; 0.5 if all are equal."""
    spread = values.max() - values.min()
    return (values - values.min()) / spread if spread else np.full(len(values), 0.5)


def values_of(plan: Plan, results: Sequence[Result], key: str) -> Column:
    """Values of a key over jobs. Numbers are logarithmic where the search says so, or if they span a factor of 50."""
    texts = [dict(word.lstrip("+").partition("=")[::2] for word in result.words).get(key, "") for result in results]
    try:
        numbers = [float(text) for text in texts]
    except ValueError:
        return Column(texts, None, log=False)
    searched = plan.search.space.get(key, {}) if plan.search else {}
    log = searched.get("log", min(numbers) > 0 and max(numbers) / min(numbers) > 50)
    return Column(texts, numbers if all(map(math.isfinite, numbers)) else None, bool(log))


def importance(plan: Plan, results: Sequence[Result]) -> dict[str, float]:
    """Share of each key that differs, but the seed, in what sets the best jobs apart; empty for too few jobs.

    By PED-ANOVA (Watanabe, Bansal, Hutter 2023, arXiv 2304.10255).
    """
    keys = list(dict.fromkeys(word.lstrip("+").partition("=")[0] for result in results for word in result.words))
    columns = {key: values_of(plan, results, key) for key in keys}
    columns = {key: column for key, column in columns.items() if len(set(column.texts)) > 1 and key != "seed"}
    if not columns or len(results) <= FEW:
        return {}
    space = {key: _distribution(column) for key, column in columns.items()}
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize" if plan.mode == "max" else "minimize")
    for number, result in enumerate(results):
        values = {key: column.value(number, space[key]) for key, column in columns.items()}
        study.add_trial(create_trial(params=values, distributions=space, value=result.score))
    return optuna.importance.get_param_importances(study)


def _distribution(column: Column) -> BaseDistribution:
    few = len(set(column.texts)) <= len(column.texts) // 2  # listed values
    if column.numbers is None or few:
        return CategoricalDistribution(sorted(set(column.texts)))
    return FloatDistribution(min(column.numbers), max(column.numbers), log=column.log)
