"""Stop of a run at the first NaN or infinite value, with the name of its tensor."""

from collections.abc import Iterator
from typing import Annotated, NamedTuple

import torch
from annotated_types import Ge
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor
from torch.nn.utils import get_total_norm

from ..definitions.definition import Batch
from ..training.supervised import Supervised


class NaNGuard(Callback):
    """Check the gradients every `every_n_steps` steps, and in the last step of an epoch.

    A check costs one read from the device. Few are enough: once a weight is NaN, it stays NaN.

    Raises:
        FloatingPointError: a gradient is NaN or infinite; names the first of inputs, weights, outputs, losses and
            gradients that is not finite.
    """

    def __init__(self, every_n_steps: Annotated[int, Ge(1)] = 50) -> None:
        self.every_n_steps = every_n_steps
        self.batch: Batch | None = None

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Batch, batch_idx: int) -> None:
        self.batch = batch

    def on_after_backward(self, trainer: Trainer, pl_module: LightningModule) -> None:
        last = trainer.is_last_batch
        if trainer.global_step % self.every_n_steps and not last:
            return
        gradients = [parameter.grad for parameter in pl_module.parameters() if parameter.grad is not None]
        if gradients and not get_total_norm(gradients).isfinite():
            assert self.batch is not None
            name = next(
                (name for name, tensor in _in_order(pl_module, self.batch) if not _finite(tensor)), "a gradient"
            )
            raise FloatingPointError(
                f"{name} is NaN or infinite at step {trainer.global_step}: look at the data, lower the learning "
                "rate, or clip the gradients (gradient_clip_val of the Trainer). It may have begun up to "
                f"{self.every_n_steps - 1} steps before; every_n_steps=1 finds the step."
            )


def _in_order(model: LightningModule, batch: Batch) -> Iterator[tuple[str, Tensor]]:
    weights = dict((model.pipeline if isinstance(model, Supervised) else model).named_parameters())
    yield from ((f"input '{name}'", tensor) for name, tensor in batch.input._asdict().items())
    yield from ((f"weight {name}", parameter) for name, parameter in weights.items())
    if isinstance(model, Supervised):
        with torch.no_grad():
            output: NamedTuple = model.pipeline(batch.input)
            yield from ((f"prediction '{name}'", tensor) for name, tensor in output._asdict().items())
            yield from ((f"loss '{name}'", part) for name, part in model.loss(output, batch.target).parts.items())
    for name, parameter in weights.items():
        if parameter.grad is not None:
            yield f"the gradient of {name}", parameter.grad


def _finite(tensor: Tensor) -> bool:
    return bool(torch.isfinite(tensor).all())
