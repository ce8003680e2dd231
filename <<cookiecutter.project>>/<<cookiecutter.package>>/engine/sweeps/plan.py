"""What a sweep was asked to do, and how far each of its jobs is: its folder."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

from ..core.errors import InputError
from ..core.files import atomic_write
from ..core.job_record import record_of
from ..core.plain import Config, PlainData
from ..core.run_lock import is_held
from .validations import is_pruned

PLAN, CODE, JOBS, PROPOSAL = "sweep.json", "code", "jobs", "words.json"
State = Literal["waiting", "running", "finished", "failed", "pruned"]
ENDED: tuple[State, ...] = ("finished", "failed", "pruned")


@dataclass(frozen=True)
class Search:
    """Values that a sampler of Optuna proposes, one job after the other.

    Attributes:
        space: By key the values of an override: words, `{"choices": […]}`, or numbers, `{"low", "high", "step", "log",
            "integer"}`.
        trials: Jobs; a later command may ask for more.
        sampler: `tpe`, `gp`, `nsgaii`, `cmaes` or `random`.
        pruner: Ends jobs that look bad: `median`, `halving` or `hyperband`; `none`.
        seed: Of the sampler, together with the number of the job.
        also: Further scores and their modes, `{"val/loss": "min"}`: the search is for the best of all of them.
        storage: Address of a database of Optuna, into which the jobs are copied; None for none.
    """

    space: dict[str, PlainData]
    trials: int
    sampler: str
    pruner: str
    seed: int
    also: dict[str, str]
    storage: str | None


@dataclass(frozen=True)
class Plan:
    """Jobs of a sweep.

    Attributes:
        words: The command line, without the options of the sweep itself.
        jobs: Overrides of each job; of a search one, to which those of its proposal come.
        metric: Name of the score.
        mode: `max` if a greater score is better, or `min`.
        test: `best`, `all` or `none`: the runs that are tested.
        notes: Columns of the table that are no overrides, of each job.
        modules: Those that the first job names; the driver imports them once for all jobs.
        search: Where values are searched instead of listed.
    """

    words: list[str]
    jobs: list[list[str]]
    metric: str
    mode: str
    test: str
    modules: list[str] = field(default_factory=list)
    notes: list[dict[str, str]] = field(default_factory=list)
    search: Search | None = None

    def best(self, scores: Sequence[float | None]) -> int | None:
        """Number of the job with the best score, the first of several; None without one."""
        known = [(score, number) for number, score in enumerate(scores) if score is not None and score == score]
        sign = -1 if self.mode == "max" else 1
        return min(known, key=lambda each: (sign * each[0], each[1]))[1] if known else None


@dataclass(frozen=True)
class Options:
    """Options of a driver; another one may go on with others.

    Attributes:
        jobs: Jobs at once.
        retry: Times that a failed job is tried again, from its last save.
        timeout: Seconds of a job, after which it is saved, stopped and counts as failed; 0: no limit.
        start_timeout: Seconds until its network is there, after which it is ended and started again; 0: no limit.
        trials: Jobs of a search; 0: those of its plan.
        cluster: Options of a cluster: `cluster`, `timeout_min` and `parameters`; None: the jobs run on this machine.
    """

    jobs: int = 1
    retry: int = 0
    timeout: float = 0
    trials: int = 0
    cluster: Config | None = None
    start_timeout: float = 0


def differences(sweep: Path, plan: Plan) -> list[list[str]]:
    """Words of each job that not all of them have; of a search the proposed ones, of the jobs that have begun."""
    if plan.search:
        return proposals(sweep, plan.search)
    unequal = differing(plan.jobs) if len(plan.jobs) > 1 else set(plan.jobs[0])
    return [[word for word in job if word in unequal] for job in plan.jobs]


def count_of(plan: Plan, trials: int = 0) -> int:
    """Number of jobs; `trials`: of a search, if another number is asked for now."""
    return trials or plan.search.trials if plan.search else len(plan.jobs)


def is_same(one: Plan, other: Plan) -> bool:
    """Whether two plans are of the same jobs, or of a search for the same that may have more of them."""
    searches = [replace(plan.search, trials=0, storage=None) if plan.search else None for plan in (one, other)]
    return (one.words, one.jobs, searches[0]) == (other.words, other.jobs, searches[1])


def job_words(sweep: Path, plan: Plan, number: int) -> list[str]:
    """Overrides of a job."""
    return [*plan.jobs[0], *proposals(sweep, plan.search)[number]] if plan.search else plan.jobs[number]


def proposals(sweep: Path, search: Search) -> list[list[str]]:
    """Words that were proposed to each job of a search, without those that it does not search."""
    found: list[list[str]] = []
    while (path := job_folder(sweep, len(found)) / PROPOSAL).is_file():
        words: PlainData = json.loads(path.read_text(encoding="utf-8"))["words"]
        found.append([f"{key}={words[key]}" for key, values in search.space.items() if _is_in(words[key], values)])
    return found


def _is_in(value: object, values: PlainData) -> bool:
    return value in values["choices"] if "choices" in values else isinstance(value, int | float)


def differing(jobs: Sequence[Sequence[str]]) -> set[str]:
    """Words that not all jobs have."""
    words = [set(job) for job in jobs]
    return set().union(*words) - words[0].intersection(*words)


def write_plan(folder: Path, plan: Plan) -> None:
    """Write the plan of a new sweep."""
    with atomic_write(folder / PLAN) as path:
        path.touch(mode=0o600)  # words may hold secrets, which the jobs need
        path.write_text(json.dumps(asdict(plan), indent=1) + "\n", encoding="utf-8")


def read_plan(folder: Path) -> Plan:
    """Read the plan of a sweep.

    Raises:
        InputError: the folder is not that of a sweep.
    """
    try:
        content: PlainData = json.loads((folder / PLAN).read_text(encoding="utf-8"))
        search = Search(**content["search"]) if content["search"] else None
        plan = Plan(**content | {"search": search})
        if all(isinstance(word, str) for job in plan.jobs for word in job):
            return plan
    except (OSError, ValueError, TypeError, KeyError):
        pass
    raise InputError(f"{folder} is no sweep, {PLAN} is missing or damaged: expected logs/<name>/<time>-<suffix>.")


def job_folder(sweep: Path, number: int) -> Path:
    """Run folder of a job."""
    return sweep / JOBS / f"{number:04d}"


def jobs_in(sweep: Path) -> list[Path]:
    """Run folders of the jobs that have begun."""
    return sorted(path for path in (sweep / JOBS).glob("*") if path.is_dir())


def state_of(run: Path) -> State:
    """State of a job, from its lock and the record of its end; one that was stopped waits to go on."""
    if is_held(run):
        return "running"
    state = record_of(run).get("state")
    if state == "refused":
        return "failed"
    if state == "finished" and is_pruned(run):
        return "pruned"
    return state if state in ENDED else "waiting"
