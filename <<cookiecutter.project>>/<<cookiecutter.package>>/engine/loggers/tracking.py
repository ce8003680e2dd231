"""Ids and status of the runs that trackers (Weights & Biases, MLflow) keep, one per run folder."""

import json
import logging
import threading
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import Literal
from urllib.error import HTTPError
from urllib.request import urlopen

from ..core.errors import first_line
from ..core.files import atomic_write
from ..core.processes import first

log = logging.getLogger(__name__)
Ending = Literal["finished", "failed", "killed", "refused"]
_closers: list[Callable[[Ending], None]] = []


def kept_id(folder: Path, tracker: str) -> str | None:
    """Id of a run folder with a tracker; None if it has no id yet."""
    return _ids(folder).get(tracker)


def keep_id(folder: Path, tracker: str, run_id: str) -> None:
    """Write the id to `folder`/trackers.json, so that it moves with the folder."""
    if not first():
        return
    with atomic_write(folder / "trackers.json") as path:
        path.write_text(json.dumps(_ids(folder) | {tracker: run_id}, indent=2) + "\n")


def _ids(folder: Path) -> dict[str, str]:
    path = folder / "trackers.json"
    ids: dict[str, str] = json.loads(path.read_text()) if path.is_file() else {}
    return ids


def at_end(close: Callable[[Ending], None]) -> None:
    """Register a function that is called with the ending of the job; a logger only gets the status of the training."""
    _closers.append(close)


def close_all(ending: Ending) -> None:
    """Call the registered functions with the ending of the job, and remove them."""
    while _closers:
        try:
            _closers.pop()(ending)
        except Exception as error:  # a failing tracker must not change the ending of the job
            log.warning("A tracker did not receive the status of the job: %s", first_line(error))


def reachable(url: str, seconds: float = 10) -> bool:
    """Whether a server answers within some seconds, whatever it answers; resolving its name counts."""
    answered: list[bool] = []

    def ask() -> None:
        try:
            urlopen(url, timeout=seconds).close()
        except HTTPError:
            pass
        except (OSError, ValueError, HTTPException):  # a ValueError: it is no address
            return
        answered.append(True)

    asking = threading.Thread(target=ask, daemon=True)  # no timeout holds for resolving a name
    asking.start()
    asking.join(seconds)
    return bool(answered)
