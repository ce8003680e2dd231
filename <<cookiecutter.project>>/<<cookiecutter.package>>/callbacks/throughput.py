"""How fast a run is, and how much of the device it takes."""

import time
from typing import Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer

from ..definitions.definition import Batch


class Throughput(Callback):
    """Logs once an epoch: `samples_per_second` of training (validation aside), and on a GPU `gpu_memory`, the highest
    so far in GiB.
    """

    def __init__(self) -> None:
        self.samples, self.seconds, self.started = 0, 0.0, 0.0

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.samples, self.seconds, self.started = 0, 0.0, time.perf_counter()

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Batch, batch_idx: int
    ) -> None:
        self.samples += len(batch.id)
        self.seconds = time.perf_counter() - self.started

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        pl_module.log("samples_per_second", self.samples / max(self.seconds, 1e-9))
        if torch.cuda.is_available():
            pl_module.log("gpu_memory", torch.cuda.max_memory_allocated() / 2**30)
