"""Lightning's Trainer, and the two things that must be settled before it starts."""

import logging
from typing import Any, Literal

import pytorch_lightning as lightning
import torch
from pytorch_lightning.callbacks import Checkpoint, ProgressBar

from ..checkpoints.checkpoint_io import CheckpointFile
from ..core.errors import InputError
from ..core.processes import first

log = logging.getLogger(__name__)
logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)  # else it tells of every step it takes


class Trainer(lightning.Trainer):
    """Adds no checkpoint and no progress bar that `callbacks` do not hold.

    `matmul_precision`: "high" lets a GPU multiply float32 matrices in TensorFloat-32, several times as fast.

    Raises:
        InputError: a GPU is asked for where there is none.
    """

    def __init__(self, matmul_precision: Literal["highest", "high", "medium"] = "highest", **kwargs: Any) -> None:
        if kwargs.get("accelerator") in ("gpu", "cuda") and not torch.cuda.is_available():
            raise InputError(
                "trainer.accelerator asks for a GPU, but torch finds none on this machine: use trainer=cpu or "
                "trainer=default, or install the driver and the torch build that fit the GPU."
            )
        callbacks = kwargs.get("callbacks") or []
        kwargs.setdefault("enable_checkpointing", any(isinstance(item, Checkpoint) for item in callbacks))
        kwargs.setdefault("enable_progress_bar", any(isinstance(item, ProgressBar) for item in callbacks))
        kwargs["plugins"] = [*(kwargs.get("plugins") or []), CheckpointFile()]
        torch.set_float32_matmul_precision(matmul_precision)
        super().__init__(use_distributed_sampler=False, **kwargs)  # the data module divides the batches
        if first():
            devices = "" if self.world_size == 1 else f"{self.world_size} x "
            log.info("training on %s%s, precision %s", devices, self.strategy.root_device.type, self.precision)
