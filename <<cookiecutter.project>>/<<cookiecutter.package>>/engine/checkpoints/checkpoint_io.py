"""Checkpoints on disk."""

import io
import os
import time
from pathlib import Path
from typing import Any

import torch
from lightning_fabric.plugins import TorchCheckpointIO

from ..core.files import atomic_write


class CheckpointFile(TorchCheckpointIO):
    """Lightning's own goes through the system's temporary folder: from another disk it is copied over the last good
    checkpoint, and destroys it where the room ends. This one writes beside it, and then takes its place.
    """

    seconds = 0.0
    """That saving took so far."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: str | Path, storage_options: Any = None) -> None:
        started = time.perf_counter()
        memory = io.BytesIO()  # torch tells of a full disk as an error of its own; a plain file says what it is
        torch.save(checkpoint, memory)
        with atomic_write(Path(path)) as new, new.open("wb") as file:
            file.write(memory.getbuffer())
            file.flush()
            os.fsync(file.fileno())  # some disks tell only now
        self.seconds += time.perf_counter() - started
