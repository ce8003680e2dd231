"""List of runs with state, score and size, and removal of checkpoints; without torch."""

import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from rich.console import Console
from rich.table import Column, Table

from ..core.errors import InputError
from ..core.job_record import record_of
from ..core.plain import Config
from ..core.stored_config import KEPT, RECORDS
from ..sweeps.plan import ENDED, JOBS, state_of
from ..sweeps.results import is_number
from .command_line import compose_and_run


def main() -> None:
    """List runs, or remove checkpoints of all but the best."""
    compose_and_run(_main, "runs")


def _main(config: Config) -> None:
    runs = runs_below(config["folder"])
    if config["clean"]:
        clean(runs, config["keep"], config["ask"])
    else:
        show(runs)


WIDE = 240  # characters of a line for another program


class Listed(NamedTuple):
    """A run.

    Attributes:
        folder: Its run folder.
        group: Folder of its sweep, or of its experiment.
        state: `waiting` if it was stopped and can go on.
        score: Best value of `metric`, the monitored one; None if it has not finished.
        better: The same, greater if better.
        checkpoints: Files of checkpoints.
        size: Bytes of the folder.
    """

    folder: Path
    group: Path
    state: str
    metric: str
    score: float | None
    better: float
    checkpoints: list[Path]
    size: int


def runs_below(folder: str) -> list[Listed]:
    """Runs in a folder and below, by their paths.

    Raises:
        InputError: the folder does not exist.
    """
    if folder == "logs" and not Path(folder).exists():  # nothing was trained yet
        return []
    if not Path(folder).is_dir():
        raise InputError(f"folder = {folder} does not exist: expected the folder of runs, like logs or logs/<name>.")
    return [_listed(run) for run in _folders(Path(folder))]


def _folders(folder: Path) -> Iterator[Path]:
    """Folders of trainings; what lies in one of them, like a replay, is not another."""
    for path, inner, files in os.walk(folder):
        if KEPT in files:
            inner.clear()
            yield Path(path)
        inner.sort()


def _listed(run: Path) -> Listed:
    # The copy of Hydra's records is whole after a kill, which they may not be.
    text = json.loads((run / KEPT).read_text(encoding="utf-8"))[RECORDS[0]]
    config = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # as safe, ten times as fast
    monitor = config["monitor"]
    score: Any = record_of(run).get("score")
    better = (-1 if monitor["mode"] == "min" else 1) * float(score) if is_number(score) else float("-inf")
    group = run.parents[1] if run.parent.name == JOBS else run.parent
    size = sum(path.stat().st_size for path in run.rglob("*") if path.is_file() and not path.is_symlink())
    checkpoints = sorted((run / "checkpoints").glob("*.ckpt"))
    return Listed(run, group, state_of(run), monitor["metric"], score, better, checkpoints, size)


def show(runs: Sequence[Listed]) -> None:
    """Print a row for each run, and their number and size."""
    console = Console(soft_wrap=True, width=None if sys.stdout.isatty() else WIDE)
    table = Table(Column("run", overflow="fold"), "state", "score", "MiB")
    for run in runs:
        score = "" if run.score is None else f"{run.metric} {run.score:.4f}"
        state = "stopped" if run.state == "waiting" else run.state
        table.add_row(str(run.folder), state, score, f"{run.size / 2**20:,.1f}")
    if runs:
        console.print(table)
    console.print(f"{len(runs)} runs, {size_of(sum(run.size for run in runs))}; {_sum(runs)}", highlight=False)


def clean(runs: Sequence[Listed], keep: int, ask: bool) -> None:
    """Remove the checkpoints of finished runs, but of the `keep` best of each group, once the user agrees.

    Runs that go on, failed, or can go on keep theirs. Without `ask` nobody is asked.

    Raises:
        InputError: there is nobody to ask.
    """
    removed = [run for run in superfluous(runs, keep) if run.checkpoints]
    if not removed:
        print("There is nothing to remove.")
        return
    for run in removed:
        print(f"{run.folder}: {', '.join(path.name for path in run.checkpoints)}")
    what = _sum(removed)
    if ask:
        if not sys.stdin.isatty():
            raise InputError(f"Nothing was removed, and nobody can be asked: ask=false removes {what}.")
        if input(f"Remove {what}? [y/N] ").strip().lower() not in ("y", "yes"):
            print("Nothing was removed.")
            return
    for path in (path for run in removed for path in run.checkpoints):
        path.unlink()
    print(f"removed: {what}")


def superfluous(runs: Sequence[Listed], keep: int) -> list[Listed]:
    """Finished runs that are not among the `keep` best of their group with the same metric."""
    rivals: dict[tuple[Path, str], list[Listed]] = {}
    for run in runs:
        if run.state in ENDED and run.state != "failed":
            rivals.setdefault((run.group, run.metric), []).append(run)
    return [run for group in rivals.values() for run in sorted(group, key=lambda run: -run.better)[keep:]]


def _sum(runs: Sequence[Listed]) -> str:
    files = [path for run in runs for path in run.checkpoints]
    return f"{len(files)} checkpoints, {size_of(sum(path.stat().st_size for path in files))}"


def size_of(count: int) -> str:
    """Bytes as text: `3.2 GiB`."""
    return f"{count / 2**30:.1f} GiB" if count >= 2**30 else f"{count / 2**20:.1f} MiB"
