"""Processes of a job, one for each device."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # of prctl(2)


def first() -> bool:
    """Whether this is the process of the job that prints and writes files."""
    return os.environ.get("LOCAL_RANK", "0") == "0"


def end_with_parent() -> None:
    """Let Linux kill this process when the one that started it dies; it would wait for it in a collective operation."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
