"""Runs that are killed at random moments, in processes of their own, end as if they had not been."""

import os
import random
import signal
import time
from pathlib import Path

import pytest
from project import Train, run_train

from interruptions import SAVING, WORDS, assert_equal_runs

# Each is killed at the beginning of a first run, or of one that has been resumed.
OPTIONS = (
    "network=mlp network.dropout=0.2 transformer/augment=shift callback=[default,ema]",
    "trainer.accumulate_grad_batches=2 transformer/augment=trivial_augment scheduler=reduce_on_plateau",
)


def in_process(words: tuple[str, ...], seconds: float | None) -> int:
    """Run `train.py` in a fork, killed after some seconds; returns its status, negative for a signal."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            with open(os.devnull, "w") as nothing:
                for stream in (1, 2):
                    os.dup2(nothing.fileno(), stream)
            run_train(*words)
            status = 0
        finally:
            os._exit(status)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def check_kills(seed: int, kills: int, words: tuple[str, ...]) -> None:
    """Kill a run again and again, until it has ended or `kills` are used up, and compare it with an unbroken one."""
    began = time.monotonic()
    assert in_process((*WORDS, "name=straight", *words), None) == 0
    whole, moments = time.monotonic() - began, random.Random(seed)
    (straight,) = Path("logs/straight").iterdir()
    start = (*WORDS, "name=killed", SAVING, *words)
    for _ in range(kills):
        if in_process(_again() or start, moments.uniform(0.1, 1.0) * whole) == 0:
            break
    assert in_process(_again() or start, None) == 0
    (run,) = Path("logs").glob("killed/*/records.json")
    assert_equal_runs(straight, run.parent)


def _again() -> tuple[str, ...]:
    """Words that resume the run, if it has begun."""
    return tuple(f"resume={path.parent}" for path in Path("logs").glob("killed/*/records.json"))


def test_a_run_survives_five_kills(train: Train) -> None:
    check_kills(0, 5, tuple(OPTIONS[0].split()))


@pytest.mark.slow
@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("seed", range(1, 11))
def test_runs_survive_a_hundred_kills(train: Train, seed: int, options: str) -> None:
    check_kills(seed, 5, tuple(options.split()))
