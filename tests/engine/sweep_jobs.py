"""Jobs of a sweep that train nothing."""

import os
import time
from collections.abc import Callable
from pathlib import Path

from my_project.engine.core.job_record import write_record
from my_project.engine.core.run_lock import hold
from my_project.engine.sweeps.driver import Driver
from my_project.engine.sweeps.fork import InChild
from my_project.engine.sweeps.plan import Options, Plan, job_folder
from my_project.engine.sweeps.results import results_of

Job = Callable[[int, Path], object]
PLAN = Plan(["lr=1,2,3"], [["seed=0", f"lr={value}"] for value in (1, 2, 3)], "val/acc", "max", "none")


def finish(number: int, folder: Path, score: float | None = None) -> None:
    with (folder / "ends").open("a") as file:
        file.write("x")
    write_record(folder, "finished", time.monotonic(), None, float(number) if score is None else score)


def fail(number: int, folder: Path) -> None:
    write_record(folder, "failed", time.monotonic(), f"ValueError: {number}")


def wait() -> None:
    """Wait for a signal; in short sleeps, as one that comes just before a sleep does not end it."""
    for _ in range(600):
        time.sleep(0.1)


def drive(folder: Path, job: Job, plan: Plan = PLAN, options: Options | None = None) -> int | None:
    try:
        return Driver(folder, plan, options or Options(jobs=2)).run()
    except InChild as child:
        status = 1
        try:
            run = job_folder(folder, child.number)
            hold(run)
            job(child.number, run)
            status = 0
        except SystemExit as stop:
            status = stop.code if isinstance(stop.code, int) else 1
        finally:
            os._exit(status)


def states(folder: Path) -> list[str]:
    return [each.state for each in results_of(folder, PLAN)]


def tries(folder: Path) -> int:
    """Number of times that this job has begun, this one included."""
    with (folder / "tries").open("a") as file:
        file.write("x")
    return (folder / "tries").stat().st_size
