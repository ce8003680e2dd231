"""Search with Optuna, whose study is made anew from the folders of the jobs: nothing else remembers it."""

import json
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from zlib import crc32

import optuna
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.pruners import BasePruner, HyperbandPruner, MedianPruner, NopPruner, SuccessiveHalvingPruner
from optuna.samplers import BaseSampler, GPSampler, NSGAIISampler, RandomSampler, TPESampler
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState, create_trial

from ..core.errors import InputError
from ..core.files import atomic_write
from ..core.job_record import record_of
from ..core.plain import PlainData
from .cma import ReplayedCmaES
from .plan import PROPOSAL, Plan, Search, job_folder, state_of
from .results import SECONDS, is_number, metrics_of, scores_of
from .validations import read_validations, write_validations

STUDY = "sweep"  # Hyperband's brackets depend on the name of a study

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)


def propose(sweep: Path, plan: Plan, number: int) -> None:
    """Write the words of job `number` from the jobs before it; the same again from the same folders.

    It computes, and must not run in a process whose forks are jobs.
    """
    search = _of(plan)
    study = study_of(sweep, plan, number)
    trial = study.ask(_space(search))
    content = {"words": trial.params, "attributes": study.get_trials(deepcopy=False)[number].system_attrs}
    folder = job_folder(sweep, number)
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / PROPOSAL).exists():  # else by a second process, when the first driver was killed meanwhile
        with atomic_write(folder / PROPOSAL) as path:
            path.write_text(json.dumps(content) + "\n", encoding="utf-8")


def mirror(sweep: Path, plan: Plan) -> None:
    """Copy the jobs that have ended to the database of `Search.storage`, as a study with the name of the sweep."""
    study = optuna.create_study(
        storage=_of(plan).storage, study_name=sweep.name, directions=directions_of(plan), load_if_exists=True
    )
    there = {trial.user_attrs.get("job") for trial in study.get_trials(deepcopy=False)}
    ended = [trial for trial in trials_of(sweep, plan) if trial.state.is_finished()]
    study.add_trials([trial for trial in ended if trial.user_attrs["job"] not in there])


def study_of(sweep: Path, plan: Plan, number: int) -> optuna.Study:
    """Study of the jobs that have begun, for the proposal or the pruning of job `number`."""
    search = _of(plan)
    study = optuna.create_study(
        study_name=STUDY,
        sampler=_sampler(search, crc32(f"{search.seed}/{number}".encode())),
        pruner=_pruner(search.pruner),
        directions=directions_of(plan),
    )
    study.add_trials(trials_of(sweep, plan))
    return study


def directions_of(plan: Plan) -> list[StudyDirection]:
    """Directions of the monitored score and the further ones."""
    modes = plan.mode, *_of(plan).also.values()
    return [StudyDirection.MAXIMIZE if mode == "max" else StudyDirection.MINIMIZE for mode in modes]


def trials_of(sweep: Path, plan: Plan) -> list[FrozenTrial]:
    """Jobs that have begun, as trials of Optuna in their order; those without a score count as failed."""
    trials: list[FrozenTrial] = []
    space = _space(_of(plan))
    while (path := (folder := job_folder(sweep, len(trials))) / PROPOSAL).is_file():
        proposal: PlainData = json.loads(path.read_text(encoding="utf-8"))
        validations = read_validations(folder)
        state, values = _outcome(folder, plan)
        trials.append(
            create_trial(
                state=state,
                values=values,
                params=proposal["words"],
                distributions=space,
                intermediate_values=validations.scores,
                system_attrs=proposal["attributes"] | validations.attributes,
                user_attrs={"job": len(trials)},
            )
        )
    return trials


def validated(sweep: Path, plan: Plan, number: int, epoch: int, score: float) -> bool:
    """Record a validation of a job that runs; returns whether it is to be ended, as its pruner compares it with others.

    A decision that was recorded before a kill stands.
    """
    folder = job_folder(sweep, number)
    validations = read_validations(folder)
    validations.scores[epoch] = score
    write_validations(folder, validations)
    if validations.pruned != epoch:
        study = study_of(sweep, plan, number)
        if study.pruner.prune(study, study.get_trials(deepcopy=False)[number]):
            validations.pruned = epoch
        validations.attributes = study.get_trials(deepcopy=False)[number].system_attrs
        write_validations(folder, validations)
    return validations.pruned == epoch


def _outcome(folder: Path, plan: Plan) -> tuple[TrialState, Sequence[float] | None]:
    ended = record_of(folder).get("state")
    state = state_of(folder)
    if state in ("waiting", "running") and ended != "failed":
        return TrialState.RUNNING, None
    values = scores_of(folder, plan)
    if state != "failed" and None in values[1:]:
        name, known = list(_of(plan).also)[values[1:].index(None)], [f"val/{each}" for each in metrics_of(folder)]
        raise InputError(
            f"search.also names {name}, which job {folder.name} does not have: expected one of "
            f"({', '.join([*known, SECONDS])})."
        )
    if state == "failed" or not all(map(is_number, values)):
        return TrialState.FAIL, None
    return (TrialState.PRUNED if state == "pruned" else TrialState.COMPLETE), [float(value or 0) for value in values]


def _of(plan: Plan) -> Search:
    assert plan.search is not None
    return plan.search


def _space(search: Search) -> dict[str, BaseDistribution]:
    return {key: _distribution(values) for key, values in search.space.items()}


def _distribution(values: Mapping[str, Any]) -> BaseDistribution:
    if "choices" in values:
        return CategoricalDistribution(values["choices"])
    low, high, step, log = (values[name] for name in ("low", "high", "step", "log"))
    if values["integer"]:
        return IntDistribution(low, high, log=log, step=step)
    return FloatDistribution(low, high, log=log, step=step)


def _sampler(search: Search, seed: int) -> BaseSampler:
    if search.sampler == "gp":
        return GPSampler(seed=seed)
    if search.sampler == "nsgaii":
        return NSGAIISampler(seed=seed)
    if search.sampler == "cmaes":
        return ReplayedCmaES(seed=seed, warn_independent_sampling=False)
    if search.sampler == "random":
        return RandomSampler(seed=seed)
    return TPESampler(seed=seed, multivariate=True, constant_liar=True)  # jobs that run count as bad


def _pruner(name: str) -> BasePruner:
    if name == "median":
        return MedianPruner()
    if name == "halving":
        return SuccessiveHalvingPruner()
    return HyperbandPruner() if name == "hyperband" else NopPruner()
