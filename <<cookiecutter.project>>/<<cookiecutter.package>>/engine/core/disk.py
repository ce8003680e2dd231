"""A disk without room."""

import errno
import os
import shutil
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT)
WORDS = ("database or disk is full", "No space left on device")  # of SQLite, and of libraries that pass on the text


def full_disk(error: BaseException, folder: Path) -> str | None:
    """One sentence where `error`, or what caused it, is a full disk; None for any other error. `folder` is that of the
    run, which is named where the error names no file.
    """
    seen: BaseException | None = error
    known: list[BaseException] = []
    while seen is not None and seen not in known:  # errors can name each other as their causes
        known.append(seen)
        if (isinstance(seen, OSError) and seen.errno in FULL) or any(word in str(seen) for word in WORDS):
            place = Path(getattr(seen, "filename", None) or folder).absolute()
            place = next(path for path in (place, *place.parents) if path.is_dir())
            disk = next(path for path in (place, *place.parents) if os.path.ismount(path))
            free = shutil.disk_usage(place).free / 2**20
            return f"No room is left on the disk of {place} (mounted at {disk}, {free:,.1f} MiB free): make room."
        seen = seen.__cause__ or seen.__context__
    return None
