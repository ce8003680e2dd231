"""Lock of a run folder: one process at a time writes into it."""

import fcntl
import json
import logging
import os
import socket
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

from .errors import InputError
from .plain import PlainData
from .slurm import job_id

LOCK = "run.lock"
WAIT = 8.0  # seconds: workers of a killed process hold its lock until they notice, within 5 s
log = logging.getLogger(__name__)
_held: dict[Path, IO[str]] = {}


def hold(folder: Path) -> None:
    """Hold the lock of a folder until `release`; without effect if this process holds it.

    Locks need a local disk or NFSv4.

    Raises:
        InputError: another process holds it.
    """
    folder = folder.resolve()
    if folder in _held:
        return
    file = (folder / LOCK).open("a+", encoding="utf-8")
    if not _locked(file, folder):
        holder = holder_of(folder)
        raise InputError(
            f"{folder} is in use by process {holder.get('pid', '?')} on {holder.get('host', '?')}: wait until it ends, "
            "or stop it."
        )
    file.truncate(0)
    file.write(json.dumps({"host": socket.gethostname(), "pid": os.getpid(), "slurm_job": job_id()}) + "\n")
    file.flush()
    _held[folder] = file
    for path in folder.rglob(".*.new"):  # a killed process has left it
        path.unlink(missing_ok=True)


def _locked(file: IO[str], folder: Path) -> bool:
    until = time.monotonic() + WAIT
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            if time.monotonic() > until:
                return False
            time.sleep(0.2)
        except OSError as error:
            log.warning("%s has no locks (%s): do not run two processes on it at once.", folder, error.strerror)
            return True


def release(folder: Path) -> None:
    """Give the lock of a folder back, if this process holds it."""
    if file := _held.pop(folder.resolve(), None):
        file.close()


def is_held(folder: Path) -> bool:
    """Whether a process holds the lock of a folder."""
    try:
        with (folder / LOCK).open(encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def holder_of(folder: Path) -> PlainData:
    """Host, process and SLURM job that hold a folder, or held it last; empty if that is not known."""
    with suppress(OSError, ValueError):
        content: object = json.loads((folder / LOCK).read_text(encoding="utf-8"))
        return content if isinstance(content, dict) else {}
    return {}
