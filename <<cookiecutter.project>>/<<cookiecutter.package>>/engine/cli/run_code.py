"""Code of a run in a fresh folder, from git or from the snapshot in the run folder."""

import re
import tempfile
from pathlib import Path

from ..core.code import changes, git
from ..core.errors import InputError
from ..datasets.archive import unpacked

COMMIT = re.compile("[0-9a-f]{40,64}")


def write_code(run: Path, commit: str, changed: bool, folder: Path, trust: bool) -> Path:
    """Write the code of a run to `folder`, and return the folder of its project in there.

    The code is that of code.tar.gz, if `trust`; else that of `commit`, with changes.diff if it was `changed`.
    Without `trust`, code is only taken from this repository: changes.diff must be what differs from the commit now.

    Raises:
        InputError: there is neither the commit nor a snapshot, or the code needs `trust`.
    """
    snapshot, diff = run / "code.tar.gz", run / "changes.diff"
    in_git = COMMIT.fullmatch(commit) is not None and git("cat-file", "-t", commit).strip() == "commit"
    if snapshot.is_file() and trust:
        return unpacked(snapshot, folder, trusted_archive=True)
    if in_git and changed and not diff.is_file():
        raise InputError(f"There is no {diff}, which holds a part of the code: put it back.")
    if in_git and (not changed or trust or _is_here(commit, diff)):
        return _check_out(commit, diff if changed else None, folder)
    if in_git or snapshot.is_file():
        raise InputError(
            f"{diff if in_git else snapshot} holds code that a replay executes, and this repository does not have it: "
            "if you trust the source of the folder, add trust=true."
        )
    raise InputError(
        f"There is no code of {run}: commit {commit} is not in this repository, and the folder has no {snapshot.name}. "
        "Train with callback=[default,snapshot] to keep the code."
    )


def _is_here(commit: str, diff: Path) -> bool:
    """Whether the code in this project is that of the commit with the changes."""
    return git("rev-parse", "HEAD").strip() == commit and diff.read_text(encoding="utf-8") == changes()


def _check_out(commit: str, diff: Path | None, folder: Path) -> Path:
    """Write the repository as of a commit; its index and its files stay as they are."""
    top, prefix = git("rev-parse", "--show-toplevel").strip(), git("rev-parse", "--show-prefix").strip()
    with tempfile.TemporaryDirectory() as temporary:
        index = {"GIT_INDEX_FILE": f"{temporary}/index"}
        git("-C", top, "read-tree", commit, **index)
        if diff is not None:
            git("-C", top, "apply", "--cached", str(diff.resolve()), **index)
            if not git("-C", top, "diff", "--cached", "--name-only", commit, **index):
                raise InputError(f"{diff} does not apply to commit {commit}: expected the file of the run.")
        git("-C", top, "checkout-index", "--all", f"--prefix={folder.resolve()}/code/", **index)
    return folder / "code" / prefix
