"""Runs that trackers (Weights & Biases, MLflow) keep outside the run folder: one each, however often it is resumed."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from ..core.errors import first_line
from ..core.files import atomic_write
from ..core.processes import first

log = logging.getLogger(__name__)
Ending = Literal["finished", "failed", "killed", "refused"]
_closers: list[Callable[[Ending], None]] = []


def kept_id(folder: Path, tracker: str) -> str | None:
    """The id that the run of `folder` has with a tracker, None where it has none yet."""
    return _ids(folder).get(tracker)


def keep_id(folder: Path, tracker: str, run_id: str) -> None:
    """Write the id into `folder`/trackers.json, where it stays when the folder is moved."""
    if not first():
        return
    with atomic_write(folder / "trackers.json") as path:
        path.write_text(json.dumps(_ids(folder) | {tracker: run_id}, indent=2) + "\n")


def _ids(folder: Path) -> dict[str, str]:
    path = folder / "trackers.json"
    ids: dict[str, str] = json.loads(path.read_text()) if path.is_file() else {}
    return ids


def at_end(close: Callable[[Ending], None]) -> None:
    """Let `close` be called with how the job ended: only the job knows, a logger hears of the training alone."""
    _closers.append(close)


def close_all(ending: Ending) -> None:
    """Tell every tracker how the job ended; the next job of this process starts anew."""
    while _closers:
        try:
            _closers.pop()(ending)
        except Exception as error:  # of the tracker's own; how the job ended stays what it is
            log.warning("A tracker was not told how the job ended: %s", first_line(error))
