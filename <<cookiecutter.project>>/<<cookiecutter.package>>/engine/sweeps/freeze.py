"""Copy of the project's code in the folder of a sweep: what is edited afterwards changes no job."""

import json
import shutil
from pathlib import Path

from ..core.code import FROZEN, ROOT, changes, commit, files, without_secrets
from ..core.files import atomic_write

ALWAYS = ("*.py", "pyproject.toml", "uv.lock")  # at the root, also where git ignores them


def freeze(target: Path) -> None:
    """Copy the package, configs, schemas and all that git tracks or would add; note the commit and the diff to it.

    Files that may hold secrets by their names are left out; a line says which.
    """
    rooms = [ROOT / Path(__file__).parents[2].name, ROOT / "configs", ROOT / "schemas"]
    paths = {path for room in rooms for path in room.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    paths |= {path for pattern in ALWAYS for path in ROOT.glob(pattern)}
    paths = {*without_secrets(sorted(paths)), *files()}
    for path in sorted(paths):
        copy = target / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    with atomic_write(target / FROZEN) as new:  # last: a copy without it is not whole
        new.write_text(json.dumps({"commit": commit(), "changes": changes()}), encoding="utf-8")
