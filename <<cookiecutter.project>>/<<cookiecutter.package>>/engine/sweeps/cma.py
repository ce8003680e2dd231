"""CMA-ES, whose state is computed anew from the jobs.

Optuna keeps it as a pickle in the attributes of a trial: a sweep from somebody else could run code by it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from optuna import Study
from optuna._transform import _SearchSpaceTransform
from optuna.distributions import BaseDistribution
from optuna.samplers import CmaEsSampler
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial


class ReplayedCmaES(CmaEsSampler):
    """Numbers by CMA-ES (Hansen 2016, arXiv 1604.00772), listed choices at random.

    A generation is told its first trials that are complete, in the order of their numbers, as Optuna does it.
    """

    _state: Any = None

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        if search_space:
            self._state = self._replayed(study, search_space)
        return super().sample_relative(study, trial, search_space)

    def _restore_optimizer(self, completed_trials: list[FrozenTrial]) -> Any:
        return self._state

    def _replayed(self, study: Study, space: Mapping[str, BaseDistribution]) -> Any:
        places = _SearchSpaceTransform(dict(space), transform_step=True, transform_0_1=True)
        state = self._init_optimizer(places, study.direction)
        sign = 1 if study.direction == StudyDirection.MINIMIZE else -1
        trials: Sequence[FrozenTrial] = self._get_trials(study)
        while len(own := self._get_solution_trials(list(trials), state.generation)) >= state.population_size:
            told = own[: state.population_size]
            state.tell([(places.transform(trial.params), sign * (trial.value or 0.0)) for trial in told])
        return state
