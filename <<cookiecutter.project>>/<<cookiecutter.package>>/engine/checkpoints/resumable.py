"""Checkpoint from which a run is resumed: the last, or another one if that is damaged."""

import csv
import logging
from contextlib import suppress
from pathlib import Path

import torch

from ..core.errors import InputError
from ..core.processes import first
from .checksums import damage

log = logging.getLogger(__name__)


def resumable(folder: Path) -> Path | None:
    """Find the checkpoint from which a run folder is resumed; None if it has no last.ckpt.

    If last.ckpt is damaged, it is the checkpoint of most steps among the others, with a warning of the epochs that are
    trained again.

    Raises:
        InputError: last.ckpt is damaged, and so are all others.
    """
    last = folder / "checkpoints" / "last.ckpt"
    if not last.is_file():
        return None
    if (found := damage(last)) is None:
        return last
    others = [path for path in sorted(last.parent.glob("*.ckpt")) if path != last and damage(path) is None]
    if not others:
        raise InputError(
            f"{last} is damaged ({found}), and the run has no other checkpoint without damage: put a copy of the file "
            "in its place, or start a new run."
        )
    states = {path: torch.load(path, map_location="meta", weights_only=True) for path in others}
    path = max(states, key=lambda path: int(states[path]["global_step"]))
    epochs = states[path]["epoch"] + 1  # other checkpoints are saved at the end of an epoch
    if first():
        log.warning(
            "%s is damaged (%s): the run is resumed from %s, after epoch %d%s.",
            last, found, path.name, epochs, _cost(folder, epochs),
        )  # fmt: skip
    return path


def _cost(folder: Path, epochs: int) -> str:
    """Number of epochs that have to be trained again, if metrics.csv has the columns to tell."""
    with suppress(OSError, ValueError, LookupError), (folder / "metrics.csv").open(newline="") as file:
        trained = max(int(row["epoch"]) + 1 for row in csv.DictReader(file) if row["train/loss"])
        return f"; epochs lost: {max(trained - epochs, 0)} of {trained}"
    return ""
