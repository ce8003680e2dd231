"""A worker process that dies or hangs is named with the sample that it was at."""

import errno
import os
import signal
import time
from collections.abc import Callable
from typing import Any

import pytest
from project import default_dataset, identity

from my_project.engine.core.errors import InputError
from my_project.engine.data.datamodule import DataModule


def slow(seconds: float) -> Callable[[], None]:
    return lambda: time.sleep(seconds)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Prepare:
    """Does something at one sample of the training split."""

    def __init__(self, deed: Callable[[], None], index: int | None) -> None:
        self.deed, self.index = deed, index

    def __call__(self, sample: Any, mode: str) -> Any:
        if mode == "train" and self.index in (None, sample.id):
            self.deed()
        return sample


def read(deed: Callable[[], None], index: int | None, count: int, timeout: float) -> DataModule:
    data = DataModule(default_dataset()(), Prepare(deed, index), limit_samples=count, num_workers=2, timeout=timeout)
    data.setup("fit")
    return data


def first_sample() -> int:
    data = DataModule(default_dataset()(), identity, limit_samples=40)
    return data.split_indices["train"].indices[7]


@pytest.mark.parametrize(
    ("deed", "reason", "timeout"),
    [
        pytest.param(die, r"has died( \(Killed\))?", 300, id="dies"),
        pytest.param(slow(600), "has not gone on for 0.5 s", 0.5, id="hangs", marks=pytest.mark.slow),
    ],
)
def test_a_worker_that_stops_is_named_with_its_sample(deed: Callable[[], None], reason: str, timeout: float) -> None:
    index, started = first_sample(), time.monotonic()
    with pytest.raises(InputError, match=rf"A worker process {reason} at .*sample {index} \(.*\) of \w+ train: look"):
        read(deed, index, 40, timeout)
    assert time.monotonic() - started < 60


@pytest.mark.slow
def test_slow_samples_are_no_reason_to_stop() -> None:
    """Each part of the samples takes longer than the timeout, and no sample does."""
    data = read(slow(0.02), None, 640, 0.2)
    assert len(data.splits["train"].id) == 640


@pytest.mark.parametrize("workers", [0, 2])
def test_an_error_of_a_full_disk_stays_what_it_is(workers: int) -> None:
    def full() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    data = DataModule(default_dataset()(), Prepare(full, None), limit_samples=40, num_workers=workers)
    with pytest.raises(OSError, match="No space left on device"):
        data.setup("fit")
