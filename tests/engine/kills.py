"""`python kills.py <seed> <rounds> <words>`: kill a run at random moments, resume it, compare it with an unbroken one.

Each training is a fork of this process, which has imported everything and computed nothing; with trainer=ddp_cpu it is
a command, of two processes.
"""

import os
import random
import signal
import sys
import time
import traceback
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory

from project import ROOT, run_train

from interruptions import SAVING, WORDS, assert_equal_runs
from my_project.engine.core.startup import import_lightning

KILLS = 8  # of a round
MOMENTS = (0.05, 0.4)  # shares of the time of an unbroken run between two kills
TWO_PROCESSES = (0.1, 0.7)  # more than half of it is their start


def run(words: tuple[str, ...], seconds: float | None = None) -> int:
    """Run `train.py` in a fork, killed after some seconds; returns its status, negative for a signal.

    What it writes goes to said.txt, which is shown if it fails by itself. With two processes both are killed.
    """
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setsid()
            with open("said.txt", "w") as said:
                for stream in (1, 2):
                    os.dup2(said.fileno(), stream)
            if "trainer=ddp_cpu" in words:
                os.execv(sys.executable, [sys.executable, str(ROOT / "train.py"), *last_of(words)])
            run_train(*words)
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(status)
    if seconds is not None:
        time.sleep(seconds)
        os.killpg(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, -signal.SIGKILL), f"status {status} of {words}:\n{Path('said.txt').read_text()}"
    return status


def last_of(words: tuple[str, ...]) -> list[str]:
    """The last of the words of each key."""
    return list({word.partition("=")[0]: word for word in words}.values())


def again() -> tuple[str, ...]:
    """Words that resume the run, if it has begun."""
    return tuple(f"resume={path.parent}" for path in Path("logs").glob("killed/*/records.json"))


def check(moments: random.Random, words: tuple[str, ...]) -> int:
    """Kill a run up to `KILLS` times, compare it with an unbroken one, and return the number of kills."""
    began, kills = time.monotonic(), 0
    assert run((*WORDS, "name=straight", *words)) == 0
    whole = time.monotonic() - began
    (straight,) = Path("logs/straight").iterdir()
    shares = TWO_PROCESSES if "trainer=ddp_cpu" in words else MOMENTS
    start = (*WORDS, "name=killed", SAVING, *words)
    for _ in range(KILLS):
        if run(again() or start, moments.uniform(*shares) * whole) == 0:
            break
        kills += 1
    assert run(again() or start) == 0
    (killed,) = Path("logs").glob("killed/*/records.json")
    assert_equal_runs(straight, killed.parent)
    return kills


if __name__ == "__main__":
    import_lightning()
    moments, total = random.Random(int(sys.argv[1])), 0
    for _ in range(int(sys.argv[2])):
        with TemporaryDirectory() as folder, chdir(folder):
            total += check(moments, tuple(sys.argv[3:]))
    print(total, "kills")
