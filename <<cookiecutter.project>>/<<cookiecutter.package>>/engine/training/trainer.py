"""Lightning's Trainer with other defaults."""

import logging
from typing import Any, Literal

import pytorch_lightning as lightning
import torch
from lightning_fabric.plugins.environments.slurm import SLURMEnvironment
from pytorch_lightning.callbacks import Checkpoint, ProgressBar, Timer

from ..checkpoints.checkpoint_io import CheckpointFile
from ..core.errors import InputError
from ..core.processes import first

log = logging.getLogger(__name__)
logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)  # it logs every stage at INFO


class Trainer(lightning.Trainer):
    """Trainer with one device by default, and only the loggers and callbacks that are passed.

    `matmul_precision`: "high" lets a GPU multiply float32 matrices in TensorFloat-32, several times as fast.
    `gradient_clip_algorithm`: `gradient_clip_val` limits the "norm" of all gradients together (None: the same), each
    "value", or, with a `Supervised` model, the norm of each tensor ("tensor_norm").

    Raises:
        InputError: `accelerator` asks for a GPU that torch does not find, or "tensor_norm" is combined with FSDP.
    """

    def __init__(
        self,
        matmul_precision: Literal["highest", "high", "medium"] = "highest",
        gradient_clip_algorithm: Literal["norm", "value", "tensor_norm"] | None = None,
        **kwargs: Any,
    ) -> None:
        if (accelerator := kwargs.get("accelerator")) in ("gpu", "cuda") and not torch.cuda.is_available():
            raise InputError(
                f"accelerator = {accelerator} asks for a GPU, but torch finds none on this machine: use cpu or auto, "
                "or install the driver and the torch build that fit the GPU."
            )
        self.clips_each_tensor = gradient_clip_algorithm == "tensor_norm"
        if self.clips_each_tensor and str(kwargs.get("strategy")).startswith("fsdp"):
            raise InputError(
                "gradient_clip_algorithm = tensor_norm needs whole tensors, and FSDP shards them: use value, or "
                "another strategy."
            )
        callbacks = kwargs.get("callbacks") or []
        self.time_limit: float | None = None
        if kwargs.get("max_time") is not None and any(
            getattr(callback, "saves_at_limit", False) for callback in callbacks
        ):
            self.time_limit = Timer(kwargs.pop("max_time")).time_remaining()
        defaults = {"devices": 1, "logger": False, "num_sanity_val_steps": 0, "enable_model_summary": False}
        kwargs = defaults | kwargs
        kwargs.setdefault("enable_checkpointing", any(isinstance(item, Checkpoint) for item in callbacks))
        kwargs.setdefault("enable_progress_bar", any(isinstance(item, ProgressBar) for item in callbacks))
        kwargs["plugins"] = [*(kwargs.get("plugins") or []), CheckpointFile()]
        if SLURMEnvironment.detect():
            # Its own handlers save from within a step, and train on.
            kwargs["plugins"].append(SLURMEnvironment(auto_requeue=False))
        torch.set_float32_matmul_precision(matmul_precision)
        if not self.clips_each_tensor:  # Lightning would refuse it
            kwargs["gradient_clip_algorithm"] = gradient_clip_algorithm
        super().__init__(use_distributed_sampler=False, **kwargs)  # the data module divides the batches
        if first():
            devices = "" if self.world_size == 1 else f"{self.world_size} x "
            log.info("training on %s%s, precision %s", devices, self.strategy.root_device.type, self.precision)
