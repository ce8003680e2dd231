"""Environment for jobs with one process per device under Hydra."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import read_write

LOST = ("closed by peer", "reset by peer", "Broken pipe", "remote process exited")  # of Gloo and NCCL
VARIABLES = ("LOCAL_RANK", "NODE_RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")


@contextmanager
def ddp_environment(folder: Path) -> Iterator[None]:
    """Let Lightning start the other processes of this job, and clean up for the next job.

    Lightning passes them `sys.argv` and Hydra's run folder, which in a multirun belong to all jobs: both are set to
    those of this job. It also sets environment variables that would keep it from starting processes for the next job.
    """
    words, variables = sys.argv, {name: os.environ.get(name) for name in VARIABLES}
    hydra = HydraConfig.get()
    if hydra.mode == RunMode.MULTIRUN:
        sys.argv = [sys.argv[0], *hydra.overrides.task]
    with read_write(hydra):  # type: ignore[arg-type]
        hydra.run.dir = str(folder)
    try:
        yield
    finally:
        sys.argv = words
        for name, value in variables.items():
            os.environ.pop(name, None)
            os.environ.update({} if value is None else {name: value})
        if (torch := sys.modules.get("torch")) and torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()


def failure_elsewhere(error: Exception, folder: Path) -> str | None:
    """Error of another process of a job, from its log, if this process has failed because it lost that one."""
    if not any(word in str(error) for word in LOST):
        return None
    logs = sorted(folder.glob("*_ddp_process_*.log"))
    for path in logs:
        lines = path.read_text(encoding="utf-8").splitlines()
        if "Traceback (most recent call last):" in lines:
            return f"process {path.stem.rpartition('_')[2]} failed: {lines[-1]}"
    return f"another process has died without a word, see {logs[0]}" if logs else None
