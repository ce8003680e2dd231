"""Jobs of several processes, one for each device."""

import os


def first() -> bool:
    """Whether this is the process that speaks and writes for all of its job."""
    return os.environ.get("LOCAL_RANK", "0") == "0"
