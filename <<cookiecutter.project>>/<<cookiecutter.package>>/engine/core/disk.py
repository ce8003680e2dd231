"""Detection of a full disk."""

import errno
import os
import shutil
import traceback
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT)
WORDS = ("database or disk is full", "No space left on device")  # of SQLite, and of wrapped errors
SHARED = Path("/dev/shm")


def full_disk(error: BaseException, folder: Path) -> str | None:
    """Sentence about the full disk that caused `error`; None for any other error.

    `folder` is the run folder, for an error that names no file.
    """
    cause: BaseException | None = error
    checked: list[BaseException] = []
    while cause is not None and cause not in checked:  # errors can be causes of each other
        checked.append(cause)
        if (isinstance(cause, OSError) and cause.errno in FULL) or any(word in str(cause) for word in WORDS):
            if _of_shared_memory(cause):
                free = shutil.disk_usage(SHARED).free / 2**20
                return (
                    f"The shared memory of processes is full ({SHARED}, {free:,.1f} MiB free): set data.num_workers=0, "
                    "or give it more (of a container: docker run --shm-size=8g)."
                )
            file = Path(getattr(cause, "filename", None) or folder).absolute()
            parent = next(path for path in (file, *file.parents) if path.is_dir())
            disk = next(path for path in (parent, *parent.parents) if os.path.ismount(path))
            free = shutil.disk_usage(parent).free / 2**20
            return f"The disk of {parent} is full (mounted at {disk}, {free:,.1f} MiB free): free some space."
        cause = cause.__cause__ or cause.__context__
    return None


def _of_shared_memory(error: BaseException) -> bool:
    """Whether a tensor for another process, or a semaphore, had no room."""
    frames = traceback.extract_tb(error.__traceback__)
    return "shared memory" in str(error) or any(
        frame.filename.endswith("multiprocessing/synchronize.py") for frame in frames
    )
