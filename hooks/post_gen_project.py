"""Merge what was chosen, lock the packages, make the first commit, and say what comes next.

Idempotent, asks nothing, and makes the project without a network too.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

ANSWERS = json.loads(r"""<<cookiecutter|jsonify>>""")  # JSON holds no three quotes in a row
PACKAGE = ANSWERS["package"]
PARTS = Path("parts")


def merge_parts() -> None:
    """Move the files of parts/<prompt>/<answer>/ to their places in the project, for each answer that was given.

    A folder <answer>+<answer> has files that both need.
    """
    for part in [part for part in PARTS.glob("*/*") if part.parent.name in ANSWERS]:
        answer = str(ANSWERS[part.parent.name])  # a boolean comes as True, or as "True"
        if {name.strip() for name in answer.split(",")} & set(part.name.split("+")):
            for path in [path for path in part.rglob("*") if path.is_file()]:
                place = path.relative_to(part)
                place.parent.mkdir(parents=True, exist_ok=True)
                path.replace(place)
    shutil.rmtree(PARTS, ignore_errors=True)


def write_tables() -> None:
    """The tables of docs/configs.md, from the configs that stayed."""
    subprocess.run([sys.executable, "-B", "-m", f"{PACKAGE}.engine.cli.choices"], check=True)


def is_compared() -> bool:
    """Whether cruft makes this project in a temporary folder, to compare it with another."""
    above = Path.cwd().parent
    temporary = above.parent == Path(tempfile.gettempdir()).resolve() and re.fullmatch(r"tmp\w{8}", above.name)
    return "_commit" in ANSWERS and bool(temporary)  # `_commit` is the mark of cruft


def lock_packages() -> None:
    """Write uv.lock where uv is at hand. Without it, the first `uv run` does."""
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None or is_compared():
        return
    for _ in range(2):  # the registry may be out of reach for a moment
        with suppress(OSError, subprocess.TimeoutExpired):
            if subprocess.run([uv, "lock", "--quiet"], capture_output=True, timeout=60, check=False).returncode == 0:
                return
    print("uv.lock is not written, for uv could not resolve it: `uv lock` says why, and writes it later.")


def git(*words: str) -> bool:
    """Whether a git command succeeded; it says nothing."""
    identity = [
        "-c",
        f"user.name={ANSWERS['author']}",
        "-c",
        f"user.email={ANSWERS['email']}",
        "-c",
        "commit.gpgsign=false",
    ]
    try:
        return subprocess.run(["git", *identity, *words], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def first_commit() -> None:
    """Where git is at hand and the folder lies in no repository."""
    if not git("rev-parse", "--is-inside-work-tree") and git("init", "--quiet"):
        git("add", "--all")
        git("commit", "--quiet", "--no-verify", "--message", f"New project {ANSWERS['project']}")


def say_what_is_next() -> None:
    """Nothing where `cruft update` makes projects to compare them."""
    if is_compared():
        return
    steps = [f"cd '{Path.cwd().name}'", "uv run train.py", "uv run pytest"]
    if "_commit" in ANSWERS:  # cruft writes its file after the first commit
        steps.insert(1, "git add .cruft.json && git commit -m 'Follow the template'")
    print("\nThe project is ready. Next:\n\n  " + "\n  ".join(steps) + "\n")


merge_parts()
write_tables()
lock_packages()
first_commit()
say_what_is_next()
