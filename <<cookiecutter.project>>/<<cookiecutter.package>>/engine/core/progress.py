"""Progress of a long job: a bar at a terminal, and a line every 10 s elsewhere."""

import sys
from collections.abc import Iterable
from typing import Any

from tqdm import tqdm


def progress(title: str, unit: str, items: Iterable[Any] | None = None, total: int | None = None) -> "tqdm[Any]":
    """Progress bar that appears after 1 s and is removed at the end."""
    interval = 0.1 if sys.stderr.isatty() else 10.0
    return tqdm(items, title, total, unit=f" {unit}", mininterval=interval, maxinterval=interval, delay=1, leave=False)


def duration(seconds: float) -> str:
    """Seconds as text: `40 s`, `5.7 min`, `2.3 h`."""
    if seconds < 100:
        return f"{seconds:.2g} s"
    return f"{seconds / 60:.2g} min" if seconds < 6000 else f"{seconds / 3600:.2g} h"
