"""Jobs of a sweep as tasks of Ray: on this machine, or on a cluster of Ray."""

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from ..core.plain import Config
from .cluster import Cluster
from .plan import CODE

LOOK = 0.2  # seconds


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

    def submit(self, command: list[str], output: Path) -> Any:
        return self.task.remote(command, str(output), str(Path.cwd()))

    def is_gone(self, handle: Any) -> bool:
        done, _ = self.ray.wait([handle], timeout=0)
        return bool(done)

    def cancel(self, handle: Any, number: int) -> None:
        self.ray.cancel(handle, force=number == signal.SIGKILL)


def run_task(command: list[str], output: str, folder: str) -> int:
    """Run a job in a process of its own; what cancels the task tells the job to save and stop."""
    with open(output, "ab") as file:
        process = subprocess.Popen([sys.executable, *command], cwd=folder, stdout=file, stderr=file)
        try:
            while process.poll() is None:
                time.sleep(LOOK)  # Ray cancels a task between two statements of Python
        finally:
            process.terminate()
            process.wait()
    return process.returncode
