"""Atomic writing of files and folders."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Yield a temporary path in the same folder, which replaces `path` at the end.

    After an error (a full disk, a signal) the temporary file is removed, and `path` is unchanged. Each process has its
    own temporary file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        yield new
        os.replace(new, path)
    finally:
        new.unlink(missing_ok=True)


def put(source: Path, target: Path) -> None:
    """Put a copy of a file or folder at `target` in place of the former one, from which it takes nothing.

    The copy is complete before the former one is removed; after an error `target` is unchanged. Files are hard links to
    those of `source` where the file system allows it.
    """
    if source.is_dir():
        _put_folder(source, target)
        return
    with atomic_write(target) as new:
        link_or_copy(source, new)


def link_or_copy(source: str | Path, target: str | Path) -> None:
    """Make `target` a hard link to a file, or else a copy of it."""
    try:
        os.link(source, target)
    except OSError:  # another disk, or a file system without hard links
        shutil.copy2(source, target)


def _put_folder(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=f".{target.name}.", dir=target.parent) as temporary:
        new = shutil.copytree(source, Path(temporary, "new"), copy_function=link_or_copy)
        for number in count():
            old = Path(temporary, f"old{number}")
            with suppress(FileNotFoundError):
                target.rename(old)
            try:
                new.rename(target)
                return
            except OSError:
                if not target.exists():  # else another job has put its folder there meanwhile: replace it
                    if old.exists():
                        old.rename(target)
                    raise


def file_state(path: Path) -> tuple[int, int] | None:
    """Size and modification time (ns) of a file; None if it does not exist."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_size, state.st_mtime_ns
