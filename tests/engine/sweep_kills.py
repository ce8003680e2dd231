"""`python sweep_kills.py <kind> <seed> <kills> <words>`: kill sweeps at random moments, and go on with them.

They are killed that often in all, a quarter of it while a job is training, and must end as an unbroken one. Each driver
is a fork of this process, which has imported everything and computed nothing; its jobs are forks of it. All of them are
killed at once, or, every third time, the jobs alone. A grid has two jobs at once; a search one, since its values depend
on the jobs that have ended before. The kinds are grid, search, and pair, a grid of two jobs.
"""

import json
import os
import random
import shutil
import signal
import sys
import time
import traceback
from contextlib import chdir, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from train import main as train

from interruptions import SAVING, WORDS, assert_equal_runs
from my_project.engine.core.startup import import_lightning
from my_project.engine.sweeps.plan import ENDED, Plan, Search, job_folder, state_of, write_plan
from my_project.engine.sweeps.results import results_of

JOBS = [["seed=0"], ["seed=1"], ["seed=0", "network=mlp"], ["seed=1", "network=mlp"]]


SEARCH = Search(
    {"optimizer.lr": {"low": 1e-5, "high": 0.1, "step": None, "log": True, "integer": False}},
    trials=8,
    sampler="tpe",
    pruner="halving",
    seed=0,
    also={},
    storage=None,
)


def plan_of(kind: str, words: tuple[str, ...]) -> Plan:
    if kind == "search":
        return Plan(["kills"], [unique((*WORDS, SAVING, *words))], "val/acc", "max", "best", search=SEARCH)
    jobs = [[*unique((*WORDS, SAVING, *words, *job))] for job in JOBS[: 2 if kind == "pair" else None]]
    return Plan(["kills"], jobs, "val/acc", "max", "best")


def unique(words: tuple[str, ...]) -> list[str]:
    """The last of the words of each key."""
    return list({word.partition("=")[0]: word for word in words}.values())


def start(sweep: Path, plan: Plan) -> int:
    """Start a driver; returns its process."""
    if not sweep.exists():
        sweep.mkdir()
        write_plan(sweep, plan)
    process = os.fork()
    if process:
        return process
    status = 1
    try:
        with open("said.txt", "a") as said:
            for stream in (1, 2):
                os.dup2(said.fileno(), stream)
        sys.argv = ["train.py", f"sweep.drive={sweep}", json.dumps({"jobs": 1 if plan.search else 2})]
        train()
    except SystemExit as stop:
        status = stop.code if isinstance(stop.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def children(process: int) -> list[int]:
    """Processes that a process has started, and theirs."""
    found = [int(word) for word in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    return [*found, *(each for child in found for each in children(child))]


def kill(process: int, jobs_alone: bool) -> None:
    try:
        victims = children(process) if jobs_alone else [process, *children(process)]
    except FileNotFoundError:
        return
    for victim in victims:
        with suppress(ProcessLookupError):
            os.kill(victim, signal.SIGKILL)


def check(plan: Plan, moments: random.Random, kills: int) -> None:
    straight, killed = Path("straight").absolute(), Path("killed").absolute()
    began = time.monotonic()
    finish(straight, plan)
    whole, done, training = time.monotonic() - began, 0, 0
    while done < kills or training < kills // 4:
        running, is_over = start(killed, plan), False
        for _ in range(kills):
            time.sleep(moments.uniform(0.05, 0.25) * whole)
            is_over = os.waitpid(running, os.WNOHANG)[0] != 0
            if is_over:
                break
            jobs_alone = done % 3 == 2
            kill(running, jobs_alone)
            begun = [path.parents[1] for path in killed.glob("jobs/*/checkpoints/last.ckpt")]
            done, training = done + 1, training + any(state_of(job) not in ENDED for job in begun)
            if not jobs_alone:
                os.waitpid(running, 0)
                running = start(killed, plan)
        if not is_over:
            os.waitpid(running, 0)
        finish(killed, plan)
        assert_equal_sweeps(straight, killed, plan)
        shutil.rmtree(killed)


def finish(sweep: Path, plan: Plan) -> None:
    assert os.waitstatus_to_exitcode(os.waitpid(start(sweep, plan), 0)[1]) == 0, Path("said.txt").read_text()


def assert_equal_sweeps(straight: Path, killed: Path, plan: Plan) -> None:
    before, after = (results_of(sweep, plan) for sweep in (straight, killed))
    for one, other in zip(before, after, strict=True):
        assert (one.state, one.score, one.words) == (other.state, other.score, other.words)
        assert one.state == "finished" or plan.search
        assert_equal_runs(job_folder(straight, one.number), job_folder(killed, one.number))
    tested = [[path.parents[1].name for path in sweep.glob("jobs/*/test/metrics.json")] for sweep in (straight, killed)]
    assert tested[0] == tested[1]
    assert len(tested[0]) == 1
    pruned = sum(each.state == "pruned" for each in after)
    assert bool(pruned) == bool(plan.search)


if __name__ == "__main__":
    import_lightning()
    with TemporaryDirectory() as folder, chdir(folder):
        check(plan_of(sys.argv[1], tuple(sys.argv[4:])), random.Random(int(sys.argv[2])), int(sys.argv[3]))
