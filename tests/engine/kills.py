"""`python kills.py <seed> <kills> <words>`: kill runs again and again, resume them, compare them with an unbroken one.

Each training is a fork of this process, which has imported everything and computed nothing, and is killed before one of
its changes of a file: nothing else outlives a process. With trainer=ddp_cpu it is a command, of two processes, which
are killed after a time.
"""

import os
import random
import shutil
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

CHANGES = 60  # of files, at most, from one kill to the next; the start of a run makes some thirty
TWO_PROCESSES = (0.1, 0.7)  # shares of the time of an unbroken run; more than half of it is their start
KINDS = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.utime"}


def kill_before(change: int) -> None:
    """Kill this process before its n-th change of a file."""
    process, count = os.getpid(), 0

    def count_changes(event: str, args: tuple[object, ...]) -> None:
        nonlocal count
        is_open = event == "open" and isinstance(args[2], int) and bool(args[2] & (os.O_WRONLY | os.O_RDWR))
        if event not in KINDS and not is_open:
            return
        count += 1
        if count == change and os.getpid() == process:
            os.kill(process, signal.SIGKILL)

    sys.addaudithook(count_changes)


def run(words: tuple[str, ...], changes: int = 0, seconds: float | None = None) -> int:
    """Run `train.py` in a fork, killed before a change of a file or after seconds; returns its status, as -9.

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
            if two_processes(words):
                os.execv(sys.executable, [sys.executable, str(ROOT / "train.py"), *last_of(words)])
            kill_before(changes)
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


def two_processes(words: tuple[str, ...]) -> bool:
    return "trainer=ddp_cpu" in words


def last_of(words: tuple[str, ...]) -> list[str]:
    """The last of the words of each key."""
    return list({word.partition("=")[0]: word for word in words}.values())


def again() -> tuple[str, ...]:
    """Words that resume the run, if it has begun."""
    return tuple(f"resume={path.parent}" for path in Path("logs").glob("killed/*/records.json"))


def check(moments: random.Random, kills: int, words: tuple[str, ...]) -> None:
    """Kill runs until they have been killed that often in all, and compare each that ends with an unbroken one."""
    began = time.monotonic()
    assert run((*WORDS, "name=straight", *words)) == 0
    whole = time.monotonic() - began
    (straight,) = Path("logs/straight").iterdir()
    start = (*WORDS, "name=killed", SAVING, *words)
    while kills > 0:
        status = -1
        while status:
            both = two_processes(words) and kills > 0
            seconds = moments.uniform(*TWO_PROCESSES) * whole if both else None
            status = run(again() or start, moments.randint(1, CHANGES) if kills > 0 else 0, seconds)
            kills -= bool(status)
        (killed,) = Path("logs").glob("killed/*/records.json")
        assert_equal_runs(straight, killed.parent)
        shutil.rmtree("logs/killed")


if __name__ == "__main__":
    import_lightning()
    with TemporaryDirectory() as folder, chdir(folder):
        check(random.Random(int(sys.argv[1])), int(sys.argv[2]), tuple(sys.argv[3:]))
