"""Jobs of a sweep as jobs of SLURM: submitit puts each into the queue."""

import os
import sys
from pathlib import Path
from typing import Any

from ..core.plain import Config
from .cluster import Cluster
from .plan import CODE

CHECK = 30.0  # seconds between two questions to SLURM
WARNING = 120  # seconds before the end of its time in which a job can save


class SlurmCluster(Cluster):
    """Jobs of SLURM, or of submitit on this machine (`cluster: local`)."""

    def __init__(self, sweep: Path, size: int, options: Config) -> None:
        super().__init__(sweep, size)
        os.environ["SUBMITIT_PREEMPT_SIGNAL"] = "USR1"  # of SLURM to a job, see core/stop_signals.py
        os.environ["PYTHONPATH"] = os.pathsep.join([str(sweep / CODE), *filter(None, [os.environ.get("PYTHONPATH")])])
        from submitit import AutoExecutor  # imported here: local jobs do without it, and it reads the variable above

        is_local = options["cluster"] == "local"
        self.patience = 0.0 if is_local else CHECK
        self.executor = AutoExecutor(folder=sweep / "cluster", cluster=options["cluster"])
        self.executor.update_parameters(
            name=sweep.name, timeout_min=options["timeout_min"], slurm_signal_delay_s=WARNING, **options["parameters"]
        )
        if not is_local:
            more = {"requeue": True, **options["parameters"].get("slurm_additional_parameters", {})}
            self.executor.update_parameters(slurm_additional_parameters=more)

    def submit(self, command: list[str], output: Path) -> Any:
        return self.executor.submit(run_on_node, command, str(output))

    def is_gone(self, handle: Any) -> bool:
        return bool(handle.done(force_check=True))

    def cancel(self, handle: Any, number: int) -> None:
        handle.cancel(check=False)


def run_on_node(command: list[str], output: str) -> None:
    """Become the job: its signals are its own then, and it needs no result of submitit."""
    file = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for stream in (1, 2):
        os.dup2(file, stream)
    os.execv(sys.executable, [sys.executable, *command])
