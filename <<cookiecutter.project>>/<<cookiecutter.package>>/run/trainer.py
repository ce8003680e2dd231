"""Lightning's Trainer, and the two things that must be settled before it starts."""

import logging
from typing import Any, Literal

import pytorch_lightning as lightning
import torch
from pytorch_lightning.callbacks import Checkpoint, ProgressBar

from ..errors import InputError
from .checkpoint_file import CheckpointFile

log = logging.getLogger(__name__)
logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)  # else it tells of every step it takes


class Trainer(lightning.Trainer):
    """Adds no checkpoint and no progress bar that `callbacks` do not hold.

    `matmul_precision`: "high" lets a GPU multiply float32 matrices in TensorFloat-32, several times as fast.

    Raises:
        InputError: a GPU is asked for where there is none, or more than one device: the data module does not divide
            its batches among processes yet.
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
        super().__init__(**kwargs)
        if self.world_size > 1:
            raise InputError(f"trainer asks for {self.world_size} devices, expected one: use trainer.devices=1.")
        log.info("training on %s, precision %s", self.strategy.root_device, self.precision)
