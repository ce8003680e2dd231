"""Jobs of a sweep on other machines, which share the folder of the sweep with this one."""

import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.run_lock import is_held
from .plan import CODE, ENDED, job_folder, state_of
from .pool import Running

OF_CLUSTER = "sweep.job="  # word with which a node starts a job


@dataclass
class Submitted(Running):
    """Job in the queue or on a node; `handle`: of the library that submits it."""

    handle: Any = None


class Cluster(ABC):
    """At most `size` jobs at once in the queue and on nodes.

    A job is known to have ended by its folder. If it disappears without that, it counts as killed.
    """

    patience = 0.0
    """Seconds between two questions whether jobs have disappeared."""

    def __init__(self, sweep: Path, size: int) -> None:
        self.sweep, self.size = sweep, size
        self.running: list[Submitted] = []
        self.asked = 0.0

    @abstractmethod
    def submit(self, command: list[str], output: Path) -> Any:
        """Put what follows `python` into the queue; returns a handle."""

    @abstractmethod
    def is_gone(self, handle: Any) -> bool:
        """Whether a job is neither in the queue nor runs."""

    @abstractmethod
    def cancel(self, handle: Any, number: int) -> None:
        """Send a signal to a job, and take it from the queue."""

    @property
    def free(self) -> int:
        return self.size - len(self.running)

    @property
    def numbers(self) -> set[int]:
        """Numbers of the jobs that are in the queue or run."""
        return {job.number for job in self.running}

    def start(self, number: int, output: Path, test: bool) -> None:
        """Put a job, or its test, into the queue."""
        output.parent.mkdir(parents=True, exist_ok=True)
        words = [f"{OF_CLUSTER}{self.sweep}", str(number), str(int(test))]
        handle = self.submit([str(self.sweep / CODE / "train.py"), *words], output)
        self.running.append(Submitted(number, time.monotonic(), None, test, handle=handle))

    def ended(self) -> Iterator[tuple[Running, int]]:
        """Yield the jobs that have ended, with exit status 0, or that of a killed process if they have no result."""
        asks = time.monotonic() - self.asked > self.patience
        if asks:
            self.asked = time.monotonic()
        for job in list(self.running):
            gone = asks and self.is_gone(job.handle)
            folder = job_folder(self.sweep, job.number)
            tested = (folder / "test" / "metrics.json").exists() and not is_held(folder)
            if gone or (tested if job.test else state_of(folder) in ENDED):
                self.running.remove(job)
                yield job, 0 if tested or state_of(folder) in ENDED else -signal.SIGKILL

    def stop_all(self, number: int) -> None:
        """Cancel all jobs; those that run save first."""
        for job in self.running:
            self.cancel(job.handle, number)
