"""Files and git commands of the project's code, and a snapshot of it."""

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
CODE_PATTERNS = ("*.py", "*.yaml", "*.json", "*.toml")


def git(*words: str, **environment: str) -> str:
    """Output of a git command in the project; empty if it fails or git is not installed."""
    try:
        completed = subprocess.run(
            ["git", *words], cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return completed.stdout


def files() -> list[Path]:
    """Files that git tracks, or would add; without git, the code at the root and in the rooms."""
    names = git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    paths = {ROOT / name for name in names if name}
    if not paths:
        paths = {path for pattern in CODE_PATTERNS for path in ROOT.glob(pattern)}
        paths |= {path for room in ROOMS for pattern in CODE_PATTERNS for path in room.rglob(pattern)}
    return sorted(path for path in paths if path.is_file())


def snapshot(folder: Path) -> Path:
    """Archive the code and the command of the run in `folder`, and return the path of the archive.

    A resumed run gets another archive, since its code may have changed.
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
