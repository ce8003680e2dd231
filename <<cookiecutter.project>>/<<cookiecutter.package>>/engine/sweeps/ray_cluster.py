"""Jobs of a sweep as tasks of Ray: on this machine, or on a cluster of Ray."""

import logging
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

from ..core.files import atomic_write
from ..core.plain import Config
from .cluster import Cluster
from .plan import CODE

LOOK = 0.2  # seconds
STOP = "stop"  # in the folder of a job: number of the signal that it is to get; Ray may lose a cancellation


class Task(NamedTuple):
    """Task of Ray, and the file that stops it."""

    result: Any
    stop: Path


class RayCluster(Cluster):
    """Each task of Ray waits for the process of a job; `address`: of a cluster that is there already, or None."""

    patience = 0.5

    def __init__(self, sweep: Path, size: int, options: Config) -> None:
        super().__init__(sweep, size)
        import ray  # imported here: it takes a second, and other jobs do without it

        paths = os.pathsep.join([str(sweep / CODE), *filter(None, [os.environ.get("PYTHONPATH")])])
        ray.init(
            address=options["address"],
            runtime_env={"env_vars": {"PYTHONPATH": paths}},
            include_dashboard=False if options["address"] is None else None,
            log_to_driver=False,
            logging_level=logging.ERROR,
        )
        self.ray = ray
        self.task = ray.remote(**options["parameters"], max_retries=0)(run_task)

    def submit(self, command: list[str], output: Path) -> Task:
        stop = output.with_name(STOP)
        stop.unlink(missing_ok=True)
        return Task(self.task.remote(command, str(output), str(stop), str(Path.cwd())), stop)

    def is_gone(self, handle: Task) -> bool:
        done, _ = self.ray.wait([handle.result], timeout=0)
        return bool(done)

    def cancel(self, handle: Task, number: int) -> None:
        with atomic_write(handle.stop) as new:
            new.write_text(str(number))


def run_task(command: list[str], output: str, stop: str, folder: str) -> None:
    """Run a job in a process of its own, and send it the signals that the file `stop` names."""
    sent, told = "", Path(stop)
    if told.exists():
        return
    with open(output, "ab") as file:
        process = subprocess.Popen([sys.executable, *command], cwd=folder, stdout=file, stderr=file)
        while process.poll() is None:
            if told.exists() and (number := told.read_text()) != sent:
                process.send_signal(int(number))
                sent = number
            time.sleep(LOOK)
