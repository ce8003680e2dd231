"""Record of the files that code opens for reading."""

import builtins
import io
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SYSTEM = tuple(Path(folder) for folder in (sys.prefix, sys.base_prefix, "/proc", "/sys", "/dev", "/etc"))
CODE = (".py", ".pyc")


@contextmanager
def opened_files() -> Iterator[set[Path]]:
    """Collect the files that this thread opens with `open` for reading, without code and the files of packages.

    The set is complete at the end of the context. Files that a compiled library opens (HDF5, polars) are not seen.
    """
    files: set[Path] = set()
    original, thread = builtins.open, threading.get_ident()

    def recording(file: Any, mode: str = "r", *arguments: Any, **named: Any) -> Any:
        if threading.get_ident() == thread and isinstance(file, str | os.PathLike) and not set(mode) & set("wax+"):
            files.add(Path(os.path.abspath(file)))
        return original(file, mode, *arguments, **named)

    # An audit hook would see more, but cannot be removed, and is called 150 times in a training step.
    builtins.open = io.open = recording
    try:
        yield files
    finally:
        builtins.open = io.open = original
        files.difference_update([file for file in files if not _is_data(file)])


def _is_data(file: Path) -> bool:
    return file.suffix not in CODE and file.is_file() and not any(file.is_relative_to(folder) for folder in SYSTEM)
