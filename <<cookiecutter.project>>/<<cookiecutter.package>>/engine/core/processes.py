"""Processes of a job, one for each device."""

import os


def first() -> bool:
    """Whether this is the process of the job that prints and writes files."""
    return os.environ.get("LOCAL_RANK", "0") == "0"
