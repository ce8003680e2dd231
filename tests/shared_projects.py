"""Projects that the processes of a test session share: one of them bakes, the others copy."""

import os
import shutil
from collections.abc import Callable
from fcntl import LOCK_EX, flock
from pathlib import Path

import pytest


class Projects(dict[str, Path]):
    """A project for each file of answers, by its name, baked when it is asked for; each process has its own."""

    def __init__(self, folders: pytest.TempPathFactory, answers: Path, bake: Callable[[Path, Path], Path]) -> None:
        base, session = folders.getbasetemp(), os.environ.get("PYTEST_XDIST_TESTRUNUID")
        self.shared = (base.parent / session if session else base) / "baked"
        self.folders, self.answers, self.bake = folders, answers, bake

    def __missing__(self, name: str) -> Path:
        folder = self.shared / name
        self.shared.mkdir(parents=True, exist_ok=True)
        with (self.shared / f"{name}.lock").open("w") as lock:
            flock(lock, LOCK_EX)
            if not folder.exists():
                self.bake(self.shared / f"{name}.part", self.answers / f"{name}.yaml")
                (self.shared / f"{name}.part").rename(folder)
        (made,) = folder.iterdir()
        self[name] = Path(shutil.copytree(made, self.folders.mktemp(name) / made.name, symlinks=True))
        return self[name]
