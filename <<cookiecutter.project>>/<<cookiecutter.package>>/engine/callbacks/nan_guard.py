"""Stop of a run at the first NaN or infinite value, with the name of its tensor."""

import logging
from collections.abc import Iterator
from typing import Annotated, Literal, NamedTuple

import torch
from annotated_types import Ge
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor
from torch.nn.utils import get_total_norm

from ..core.errors import NonFiniteError
from ..definitions.definition import Batch
from ..training.supervised import Supervised

log = logging.getLogger(__name__)
REMEDY = "look at the data, lower the learning rate, or clip the gradients (trainer.gradient_clip_val)"


class NaNGuard(Callback):
    """Check the gradients every `every_n_steps` steps and in the last step of an epoch; the outputs of all batches of a
    validation or test for NaN (a network may mask with infinity), and their loss.

    A check of gradients costs one read from the device, and so does a validation. Few are enough: once a weight is
    NaN, it stays NaN.

    Args:
        action: `raise` ends the run, `warn` logs the same sentence once.

    Raises:
        NonFiniteError: a value is NaN or infinite. In training, names the first of inputs, weights, outputs, losses
            and gradients that is not finite; else the split, the batch and the output.
    """

    def __init__(self, every_n_steps: Annotated[int, Ge(1)] = 50, action: Literal["raise", "warn"] = "raise") -> None:
        self.every_n_steps, self.action = every_n_steps, action
        self.batch: Batch | None = None
        self.outputs: list[tuple[str, Tensor]] = []  # name of an output, and whether a value is NaN
        self.told = False

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
            self._found(
                f"{name} is NaN or infinite at step {trainer.global_step}: {REMEDY}. It may have begun up to "
                f"{self.every_n_steps - 1} steps before; callback.nan_guard.every_n_steps=1 finds the step."
            )

    def on_validation_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: object,
        batch: Batch,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        split = pl_module.val_names[dataloader_idx] if isinstance(pl_module, Supervised) else "val"
        self._note(split, outputs, batch_idx)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._check(trainer, "val/loss")

    def on_test_batch_end(
        self,
        trainer: Trainer,
        pl_module: LightningModule,
        outputs: object,
        batch: Batch,
        batch_idx: int,
        dataloader_idx: int = 0,
    ) -> None:
        self._note("test", outputs, batch_idx)

    def on_test_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._check(trainer, "test/loss")

    def _note(self, split: str, outputs: object, batch_idx: int) -> None:
        fields = outputs._asdict() if isinstance(outputs, tuple) and hasattr(outputs, "_asdict") else {}
        self.outputs += [
            (f"output '{name}' of batch {batch_idx} of {split}", torch.isnan(value).any())
            for name, value in fields.items()
            if isinstance(value, Tensor) and value.is_floating_point()
        ]

    def _check(self, trainer: Trainer, loss: str) -> None:
        """Read what was noted in a validation or test, and its loss."""
        outputs, self.outputs = self.outputs, []
        flags = torch.stack([flag for _, flag in outputs]).tolist() if outputs else []
        wrong = [name for (name, _), flag in zip(outputs, flags, strict=True) if flag]
        if (value := trainer.callback_metrics.get(loss)) is not None and not _finite(value):
            wrong.append(loss)
        # All processes end together.
        if trainer.strategy.reduce_boolean_decision(bool(wrong), all=False):
            name = wrong[0] if wrong else "an output or a loss in another process"
            self._found(f"{name} is NaN or infinite after step {trainer.global_step}: {REMEDY}.")

    def _found(self, sentence: str) -> None:
        if self.action == "raise":
            raise NonFiniteError(sentence)
        if not self.told:
            log.warning(sentence)
        self.told = True


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
