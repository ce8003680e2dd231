"""Copies of trained runs, for tests that write into them."""

import shutil
from collections.abc import Sequence
from pathlib import Path


def copies(runs: Sequence[Path], folder: Path) -> list[Path]:
    """Copy runs to logs/default/ of a folder."""
    return [Path(shutil.copytree(run, folder / "logs" / "default" / run.name)).resolve() for run in runs]
