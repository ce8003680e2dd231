"""Forecast of the time that an epoch and the whole run will take."""

import logging
import resource
import sys
import time
from typing import Annotated

import torch
from annotated_types import Ge
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.utilities.types import STEP_OUTPUT

from ..core.progress import duration
from ..definitions.definition import Batch

log = logging.getLogger(__name__)


class Forecast(Callback):
    """Log once, after `after_batches` batches, how long an epoch and the run will take, and the peak of memory."""

    def __init__(self, after_batches: Annotated[int, Ge(2)] = 20) -> None:
        self.after_batches = after_batches
        self.batches, self.started = 0, 0.0

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.batches = 0

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: STEP_OUTPUT, batch: Batch, batch_idx: int
    ) -> None:
        self.batches += 1
        if self.batches == 1:  # the first batch compiles and allocates
            self.started = time.perf_counter()
        elif self.batches == self.after_batches and trainer.is_global_zero:
            if pl_module.device.type == "cuda":
                torch.cuda.synchronize()
            seconds = (time.perf_counter() - self.started) / (self.batches - 1) * trainer.num_training_batches
            epochs = "" if not trainer.max_epochs or trainer.max_epochs < 0 else (
                f", {trainer.max_epochs} epochs {duration(seconds * trainer.max_epochs)}"
            )  # fmt: skip
            log.info(
                "An epoch of %d batches will take about %s%s, without validation; peak of memory: %.2g GiB.",
                trainer.num_training_batches,
                duration(seconds),
                epochs,
                peak_memory(pl_module.device) / 2**30,
            )


def peak_memory(device: torch.device) -> int:
    """Peak of the memory that torch has allocated on a GPU, or that this process has used, in bytes."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else 1024 * used
