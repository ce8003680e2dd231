"""Small files that take the place of those that datasets and networks need: found in all *_stand_ins.py."""

import atexit
from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

Words = tuple[str, ...]


def stand_ins() -> dict[str, Callable[[Path], None]]:
    """Functions that write small files in the format of a dataset, by the dataset's name."""
    return {name: write for module in _modules() for name, write in module.STAND_INS.items()}


def repeated() -> Sequence[str]:
    """Names of the stand-ins that only the slow tests check."""
    return [name for module in _modules() for name in module.REPEATED]


@cache
def files_of(group: str, name: str) -> Words:
    """Words for the files that a config needs, written once a process; only networks need some."""
    needed = {key: value for module in _modules() for key, value in getattr(module, "NETWORKS", {}).items()}
    if group != "network" or name not in needed:
        return ()
    folder = TemporaryDirectory(prefix=f"{name}_")
    atexit.register(folder.cleanup)
    words: Words = needed[name](Path(folder.name))
    return words


def _modules() -> list[Any]:
    return [import_module(path.stem) for path in sorted(Path(__file__).parent.glob("*_stand_ins.py"))]
