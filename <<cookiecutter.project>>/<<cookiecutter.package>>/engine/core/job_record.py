"""Record of the end of a run: job.json in its folder."""

import json
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from .files import atomic_write
from .plain import PlainData
from .slurm import job_id

NETWORK = "network.json"  # in a run folder, once the network is made: its numbers of parameters
RECORD = "job.json"


def write_record(folder: Path, state: str, began: float, error: str | None = None, score: float | None = None) -> None:
    """Write the state (finished, failed, killed, refused), the error, the monitored score and the seconds of a run.

    `began`: time.monotonic at its beginning.
    """
    record = {
        "state": state,
        "error": error,
        "score": score,
        "seconds": round(time.monotonic() - began, 3),
        "ended": datetime.now().astimezone().isoformat(timespec="seconds"),
        "slurm_job": job_id(),
    }
    with suppress(OSError), atomic_write(folder / RECORD) as path:  # a full disk has been named already
        path.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def take_record(folder: Path) -> str:
    """Remove the record of a run that begins again, and return its text; empty if there is none."""
    path = folder / RECORD
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    path.unlink(missing_ok=True)
    return text


def put_record(folder: Path, text: str) -> None:
    """Put a record back that was taken."""
    with suppress(OSError), atomic_write(folder / RECORD) as path:
        path.write_text(text, encoding="utf-8")


def record_of(folder: Path) -> PlainData:
    """Record of a run; empty while it runs, and after `kill -9`."""
    with suppress(OSError, ValueError):
        content: object = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        return content if isinstance(content, dict) else {}
    return {}
