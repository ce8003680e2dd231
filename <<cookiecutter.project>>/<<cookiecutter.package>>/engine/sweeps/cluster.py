"""Jobs of a sweep on a cluster: submitit puts each into the queue."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..core.plain import Config
from ..core.run_lock import is_held
from .plan import CODE, ENDED, job_folder, state_of
from .pool import Running

OF_CLUSTER = "sweep.job="  # word with which a node starts a job
CHECK = 30.0  # seconds between two questions to SLURM
WARNING = 120  # seconds before the end of its time in which a job can save


@dataclass
class Submitted(Running):
    """Job in the queue or on a node; `handle`: of submitit."""

    handle: Any = None


class Cluster:
    """At most `size` jobs at once in the queue and on nodes; they and this process share the folder of the sweep.

    A job is known to have ended by its folder. If it disappears without that, it counts as killed.
    """

    def __init__(self, sweep: Path, size: int, options: Config) -> None:
        os.environ["SUBMITIT_PREEMPT_SIGNAL"] = "USR1"  # of SLURM to a job, see core/stop_signals.py
        os.environ["PYTHONPATH"] = os.pathsep.join([str(sweep / CODE), *filter(None, [os.environ.get("PYTHONPATH")])])
        from submitit import AutoExecutor  # imported here: local jobs do without it, and it reads the variable above

        self.sweep, self.size, self.local = sweep, size, options["cluster"] == "local"
        self.executor = AutoExecutor(folder=sweep / "cluster", cluster=options["cluster"])
        self.executor.update_parameters(
            name=sweep.name, timeout_min=options["timeout_min"], slurm_signal_delay_s=WARNING, **options["parameters"]
        )
        if not self.local:
            more = {"requeue": True, **options["parameters"].get("slurm_additional_parameters", {})}
            self.executor.update_parameters(slurm_additional_parameters=more)
        self.running: list[Submitted] = []
        self.checked = 0.0

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
        train = str(self.sweep / CODE / "train.py")
        handle = self.executor.submit(run_on_node, train, str(self.sweep), number, str(output), test)
        self.running.append(Submitted(number, time.monotonic(), None, test, handle=handle))

    def ended(self) -> Iterator[tuple[Running, int]]:
        """Yield the jobs that have ended, with exit status 0, or that of a killed process if they have no result."""
        asks = self.local or time.monotonic() - self.checked > CHECK
        if asks:
            self.checked = time.monotonic()
        for job in list(self.running):
            gone = asks and job.handle.done(force_check=True)
            folder = job_folder(self.sweep, job.number)
            tested = (folder / "test" / "metrics.json").exists() and not is_held(folder)
            if gone or (tested if job.test else state_of(folder) in ENDED):
                self.running.remove(job)
                yield job, 0 if tested or state_of(folder) in ENDED else -signal.SIGKILL

    def stop_all(self, number: int) -> None:
        """Cancel all jobs; those that run save first."""
        for job in self.running:
            job.handle.cancel(check=False)


def run_on_node(train: str, sweep: str, number: int, output: str, test: bool) -> None:
    """Become the job: its signals are its own then, and it needs no result of submitit."""
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for stream in (1, 2):
        os.dup2(file, stream)
    os.execv(sys.executable, [sys.executable, train, f"{OF_CLUSTER}{sweep}", str(number), str(int(test))])
