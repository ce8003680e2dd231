"""Checkpoint files, written atomically, and loaded only if their checksums are right."""

import io
import os
import time
from collections.abc import Callable
from pathlib import Path

import torch
from lightning_fabric.plugins import TorchCheckpointIO

from ..core.errors import InputError
from ..core.files import atomic_write
from ..core.plain import PlainData
from .checksums import REMEDY, damage


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

    def load_checkpoint(
        self,
        path: str | Path,
        map_location: Callable[..., object] | None = lambda storage, location: storage,
        weights_only: bool | None = None,
    ) -> PlainData:
        """Load a checkpoint, as Lightning does when a run is resumed or tested.

        Raises:
            InputError: the file is damaged; names the member.
        """
        if Path(path).is_file() and (found := damage(Path(path))):
            raise InputError(f"{path} is damaged ({found}): {REMEDY}.")
        return super().load_checkpoint(path, map_location, weights_only)
