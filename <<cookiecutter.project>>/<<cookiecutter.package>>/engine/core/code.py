"""The project's code, as it lies there."""

import os
import shlex
import subprocess
import tarfile
import time
from io import BytesIO
from pathlib import Path

import yaml

from .files import atomic_write

ROOT = Path(__file__).parents[3]
ROOMS = (ROOT / Path(__file__).parents[2].name, ROOT / "configs", ROOT / "schemas", ROOT / "tests")
KINDS = ("*.py", "*.yaml", "*.json", "*.toml")


def git(*words: str, **environment: str) -> str:
    """What a git command in the project says; empty where it fails or there is no git."""
    try:
        prediction = subprocess.run(
            ["git", *words], cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return prediction.stdout


def files() -> list[Path]:
    """What git knows, and what is new and not ignored; without git, the code at the root and in the rooms."""
    known = git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    found = {ROOT / name for name in known if name}
    if not found:
        found = {path for kind in KINDS for path in ROOT.glob(kind)}
        found |= {path for room in ROOMS for kind in KINDS for path in room.rglob(kind)}
    return sorted(path for path in found if path.is_file())


def snapshot(folder: Path) -> Path:
    """Pack the code and the command of the run in `folder` into an archive there; returns its path.

    A run that is resumed gets a further archive: its code may have changed since.
    """
    count = len(list(folder.glob("code*.tar.gz")))
    path = folder / ("code.tar.gz" if count == 0 else f"code_{count + 1}.tar.gz")
    overrides = yaml.safe_load((folder / ".hydra" / "overrides.yaml").read_text())
    command = (shlex.join(["python", "train.py", *overrides]) + "\n").encode()
    with atomic_write(path) as new, tarfile.open(new, "w:gz") as archive:
        for file in files():
            archive.add(file, file.relative_to(ROOT))
        entry = tarfile.TarInfo("command.txt")
        entry.size, entry.mtime = len(command), int(time.time())
        archive.addfile(entry, BytesIO(command))
    return path
