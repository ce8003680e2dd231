"""Checkpoint files, written atomically."""

import io
import os
import time
from pathlib import Path

import torch
from lightning_fabric.plugins import TorchCheckpointIO

from ..core.files import atomic_write
from ..core.plain import PlainData


class CheckpointFile(TorchCheckpointIO):
    """Write each checkpoint to a new file in the same folder, then replace the old one.

    Lightning's own class writes to the system's temporary folder. If that is on another disk, the file is copied over
    the last good checkpoint, and a full disk destroys it.
    """

    seconds = 0.0
    """Total time of saving so far."""

    def save_checkpoint(self, checkpoint: PlainData, path: str | Path, storage_options: object = None) -> None:
        started = time.perf_counter()
        memory = io.BytesIO()  # on a full disk torch raises its own error, a plain file an OSError
        torch.save(checkpoint, memory)
        with atomic_write(Path(path)) as new, new.open("wb") as file:
            file.write(memory.getbuffer())
            file.flush()
            os.fsync(file.fileno())  # some file systems report a full disk only here
        self.seconds += time.perf_counter() - started
