"""What a sweep was asked to do, and how far each of its jobs is: its folder."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from ..core.errors import InputError
from ..core.files import atomic_write
from ..core.job_record import record_of
from ..core.plain import PlainData
from ..core.run_lock import is_held

PLAN, CODE, JOBS = "sweep.json", "code", "jobs"
State = Literal["waiting", "running", "finished", "failed"]
ENDED: tuple[State, ...] = ("finished", "failed")


@dataclass(frozen=True)
class Plan:
    """Jobs of a sweep.

    Attributes:
        words: The command line, without the options of the sweep itself.
        jobs: Overrides of each job.
        metric: Name of the score.
        mode: `max` if a greater score is better, or `min`.
        test: `best`, `all` or `none`: the runs that are tested.
        notes: Columns of the table that are no overrides, of each job.
        modules: Those that the first job names; the driver imports them once for all jobs.
    """

    words: list[str]
    jobs: list[list[str]]
    metric: str
    mode: str
    test: str
    modules: list[str] = field(default_factory=list)
    notes: list[dict[str, str]] = field(default_factory=list)

    def differences(self) -> list[list[str]]:
        """Words of each job that not all of them have."""
        unequal = differing(self.jobs) if len(self.jobs) > 1 else set(self.jobs[0])
        return [[word for word in job if word in unequal] for job in self.jobs]

    def best(self, scores: Sequence[float | None]) -> int | None:
        """Number of the job with the best score, the first of several; None without one."""
        known = [(score, number) for number, score in enumerate(scores) if score is not None and score == score]
        sign = -1 if self.mode == "max" else 1
        return min(known, key=lambda each: (sign * each[0], each[1]))[1] if known else None


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
        plan = Plan(**content)
        if all(isinstance(word, str) for job in plan.jobs for word in job):
            return plan
    except (OSError, ValueError, TypeError):
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
    return state if state in ENDED else "waiting"
