"""Processes of the jobs of a sweep."""

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..core.job_record import NETWORK
from .fork import STOPPING, fork, stop, visible_gpus

PATIENCE = 60.0  # seconds between the signal to stop and that to die


@dataclass
class Running:
    """Process of a job, or of its `test`; `started`: a file that it writes; `ending`: its time is over."""

    number: int
    began: float
    gpu: str | None
    test: bool
    ending: bool = False
    started: Path = Path()


class Launcher(Protocol):
    """Where the jobs of a sweep run; `free`: how many more may start; `numbers`: of those that run or wait to."""

    @property
    def free(self) -> int: ...

    @property
    def numbers(self) -> set[int]: ...

    def start(self, number: int, output: Path, test: bool) -> None:
        """Start a job, or its test, that writes what it prints to `output`."""

    def ended(self) -> Iterator[tuple[Running, int]]:
        """Yield jobs that have ended since the last call, with their exit status, negative for a signal."""

    def stop_all(self, number: int) -> None:
        """Send a signal to all jobs."""


class Pool:
    """At most `size` jobs at once, each with its share of the cores, and a GPU where there are several.

    After `timeout` seconds a job is told to save and stop. One that has not made its network `start_timeout` seconds
    after its start is killed, as if the machine had done it. 0: no limit.
    """

    def __init__(self, size: int, timeout: float, start_timeout: float = 0) -> None:
        self.size, self.timeout, self.start_timeout, self.gpus = size, timeout, start_timeout, visible_gpus()
        self.running: dict[int, Running] = {}

    @property
    def free(self) -> int:
        return self.size - len(self.running)

    @property
    def numbers(self) -> set[int]:
        """Numbers of the jobs that run."""
        return {job.number for job in self.running.values()}

    def start(self, number: int, output: Path, test: bool) -> None:
        """Start a job, or its test.

        Raises:
            InChild: in that process.
        """
        gpu = self._gpu()
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        process = fork(number, output, max(1, (os.cpu_count() or 1) // self.size), gpu, test)
        self.running[process] = Running(number, time.monotonic(), gpu, test, started=output.with_name(NETWORK))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)

    def ended(self) -> Iterator[tuple[Running, int]]:
        """Look once at each process; yield the jobs that have ended, with their exit status."""
        for process, job in list(self.running.items()):
            ended, status = os.waitpid(process, os.WNOHANG)
            if ended:
                del self.running[process]
                yield job, os.waitstatus_to_exitcode(status)
            elif self._hangs(job):
                stop(process, signal.SIGKILL)
            elif self.timeout and time.monotonic() - job.began > self.timeout:
                late = time.monotonic() - job.began > self.timeout + PATIENCE
                if late or not job.ending:
                    stop(process, signal.SIGKILL if late else signal.SIGTERM)
                job.ending = True

    def _hangs(self, job: Running) -> bool:
        late = self.start_timeout and time.monotonic() - job.began > self.start_timeout
        return bool(late) and not job.test and not job.started.is_file()

    def stop_all(self, number: int) -> None:
        """Send a signal to all jobs."""
        for process in list(self.running):
            stop(process, number)

    def _gpu(self) -> str | None:
        """GPU with the fewest jobs; None, for all, if there are not several jobs and several GPUs."""
        if self.size == 1 or len(self.gpus) < 2:
            return None
        used = [job.gpu for job in self.running.values()]
        return min(self.gpus, key=used.count)
