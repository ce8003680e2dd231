"""`python sweep_kills.py <seed> <kills> <words>`: kill a sweep at random moments, go on with it, compare it with an
unbroken one.

Each driver is a fork of this process, which has imported everything and computed nothing; its jobs are forks of it. All
of them are killed at once, or, every third time, the jobs alone.
"""

import os
import random
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
from my_project.engine.sweeps.plan import ENDED, Plan, job_folder, state_of, write_plan
from my_project.engine.sweeps.results import results_of

JOBS = [["seed=0"], ["seed=1"], ["seed=0", "network=mlp"], ["seed=1", "network=mlp"]]


def plan_of(words: tuple[str, ...]) -> Plan:
    jobs = [[*unique((*WORDS, SAVING, *words, *job))] for job in JOBS]
    return Plan(["kills"], jobs, "val/acc", "max", "best")


def unique(words: tuple[str, ...]) -> list[str]:
    """The last of the words of each key."""
    return list({word.partition("=")[0]: word for word in words}.values())


def start(sweep: Path) -> int:
    """Start a driver with two jobs at once; returns its process."""
    process = os.fork()
    if process:
        return process
    status = 1
    try:
        with open("said.txt", "a") as said:
            for stream in (1, 2):
                os.dup2(said.fileno(), stream)
        sys.argv = ["train.py", f"sweep.drive={sweep}", '{"jobs": 2}']
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


def check(moments: random.Random, kills: int, words: tuple[str, ...]) -> None:
    plan = plan_of(words)
    straight, killed = Path("straight").absolute(), Path("killed").absolute()
    for sweep in (straight, killed):
        sweep.mkdir()
        write_plan(sweep, plan)
    began = time.monotonic()
    assert os.waitpid(start(straight), 0)[1] == 0, Path("said.txt").read_text()
    whole, done, alone, training = time.monotonic() - began, 0, 0, 0
    running = start(killed)
    while done < kills:
        time.sleep(moments.uniform(0.05, 0.4) * whole)
        if os.waitpid(running, os.WNOHANG)[0]:
            break
        jobs_alone = done % 3 == 2
        kill(running, jobs_alone)
        begun = [path.parents[1] for path in killed.glob("jobs/*/checkpoints/last.ckpt")]
        done, alone = done + 1, alone + jobs_alone
        training += any(state_of(job) not in ENDED for job in begun)
        if not jobs_alone:
            os.waitpid(running, 0)
            running = start(killed)
    else:
        os.waitpid(running, 0)
    assert os.waitstatus_to_exitcode(os.waitpid(start(killed), 0)[1]) == 0, Path("said.txt").read_text()
    before, after = (results_of(sweep, plan) for sweep in (straight, killed))
    for one, other in zip(before, after, strict=True):
        assert (one.state, one.score) == (other.state, other.score) == ("finished", other.score)
        assert_equal_runs(job_folder(straight, one.number), job_folder(killed, one.number))
    tested = [[path.parents[1].name for path in sweep.glob("jobs/*/test/metrics.json")] for sweep in (straight, killed)]
    assert tested[0] == tested[1]
    assert len(tested[0]) == 1
    print(f"{done} kills, {alone} of jobs alone, {training} while a job was training")


if __name__ == "__main__":
    import_lightning()
    with TemporaryDirectory() as folder, chdir(folder):
        check(random.Random(int(sys.argv[1])), int(sys.argv[2]), tuple(sys.argv[3:]))
