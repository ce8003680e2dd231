"""Jobs of SLURM."""

import os
import subprocess

from .errors import InputError, first_line


def job_id() -> str | None:
    """Id of the SLURM job that this process belongs to, `<array job>_<task>` in an array; None outside of SLURM."""
    if array := os.environ.get("SLURM_ARRAY_JOB_ID"):
        return f"{array}_{os.environ['SLURM_ARRAY_TASK_ID']}"
    return os.environ.get("SLURM_JOB_ID")


def requeue(job: str) -> None:
    """Put a job back into the queue.

    Raises:
        InputError: SLURM does not do it.
    """
    try:
        subprocess.run(["scontrol", "requeue", job], check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", "") or first_line(error)
        raise InputError(f"scontrol requeue {job} failed ({reason.strip()}): submit the job again.") from error
