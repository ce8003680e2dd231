"""Files and git commands of the project's code, and a snapshot of it."""

import json
import logging
import os
import shlex
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import yaml

from .files import atomic_write
from .masking import may_hold_secrets

log = logging.getLogger(__name__)

ROOT = Path(__file__).parents[3]
ROOMS = (ROOT / Path(__file__).parents[2].name, ROOT / "configs", ROOT / "schemas", ROOT / "tests")
FROZEN = "frozen.json"  # in a copy of the code: its commit, and its diff to it
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


def _frozen() -> dict[str, str] | None:
    """Commit of this code, and its diff to it, if this is a copy of a sweep."""
    path = ROOT / FROZEN
    content: dict[str, str] | None = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    return content


def commit() -> str:
    """Commit of the code; empty if the project is in no git repository."""
    frozen = _frozen()
    return git("rev-parse", "HEAD").strip() if frozen is None else frozen["commit"]


def changes() -> str:
    """Diff of the code to its commit, including new files; the index of the repository is not changed."""
    if (frozen := _frozen()) is not None:
        return frozen["changes"]
    with tempfile.TemporaryDirectory() as folder:
        index = {"GIT_INDEX_FILE": f"{folder}/index"}
        git("read-tree", "HEAD", **index)
        git("add", "--update", **index)
        new = git("ls-files", "--others", "--exclude-standard", "-z", "--", *CODE_PATTERNS, **index).split("\0")
        if kept := without_secrets([Path(name) for name in new if name]):
            git("add", "--", *map(str, kept), **index)
        return git("diff", "--cached", "--binary", "HEAD", **index)


def files() -> list[Path]:
    """Files that git tracks, or would add; without git, the code at the root and in the rooms.

    Files that git does not track are left out if they may hold secrets.
    """
    paths, new = _listed("--cached"), _listed("--others", "--exclude-standard")
    if not paths:
        new = {path for pattern in CODE_PATTERNS for path in ROOT.glob(pattern)}
        new |= {path for room in ROOMS for pattern in CODE_PATTERNS for path in room.rglob(pattern)}
    return sorted(path for path in [*paths, *without_secrets(sorted(new - paths))] if path.is_file())


def _listed(*options: str) -> set[Path]:
    return {ROOT / name for name in git("ls-files", "-z", *options).split("\0") if name}


def without_secrets(paths: Sequence[Path]) -> list[Path]:
    """Paths without the files that may hold secrets by their names; a line says which are left out."""
    if left_out := [path.name for path in paths if may_hold_secrets(path)]:
        log.warning("Not kept with the run, since they may hold secrets: %s", ", ".join(left_out))
    return [path for path in paths if path.name not in left_out]


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
