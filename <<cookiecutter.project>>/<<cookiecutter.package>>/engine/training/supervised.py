"""Lightning module: training, validation and test steps, and logging."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Unpack, cast

import torch
from pytorch_lightning import Callback, LightningModule
from pytorch_lightning.utilities.types import LRSchedulerTypeUnion, OptimizerLRScheduler
from torch import Tensor, nn
from torch.optim import Optimizer

from ..core.errors import InputError
from ..core.plain import PlainData
from ..definitions.definition import Batch, OutputT, TargetT
from ..losses.loss import Loss, LossOutput
from ..losses.mixed import mixed_loss, of_partners
from ..models.pipeline import Pipeline
from .accumulation import Accumulation
from .clipping import check_unscaled, clip_each_norm
from .freezing import FreezeBatchNorm, frozen_norms
from .meter import Meter
from .optimization import Optimization, OptimizationOptions, OptimizerFactory, SchedulerFactory
from .trainer import Trainer


class Supervised(LightningModule):
    """Supervised learning of targets from inputs.

    `optimizer`, `scheduler` and the `options` (`monitor`, `decay_norms_and_biases`, `layer_decay`) are explained in
    `Optimization`.

    Raises:
        InputError: `loss` is a class, or `optimizer` or `scheduler` an object.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        loss: Loss[OutputT, TargetT],
        optimizer: OptimizerFactory,
        scheduler: SchedulerFactory | None = None,
        **options: Unpack[OptimizationOptions],
    ) -> None:
        super().__init__()
        if isinstance(loss, type):
            raise InputError(f"loss is the class {loss.__name__}, expected an object: {loss.__name__}(…).")
        self.pipeline, self.loss = pipeline, loss
        self.optimization = Optimization(optimizer, scheduler, **options)
        self.monitor = self.optimization.monitor
        self.accumulation = Accumulation()
        self.train_meter, self.test_meter = (Meter(pipeline.definition) for _ in range(2))
        self.validate_on([])
        self.is_set_up = False
        """Whether `set_up` has fitted the pre-processing."""

    def validate_on(self, names: Iterable[str]) -> None:
        """Compute loss and metrics of further validation sets, logged as `val/<name>/<metric>`."""
        self.val_names = ["val", *(f"val/{name}" for name in names)]
        meters = nn.ModuleList(Meter(self.pipeline.definition) for _ in self.val_names)
        self.val_meters = cast(Sequence[Meter], meters)

    def __setattr__(self, name: str, value: Any) -> None:
        # Lightning sets the name of the current hook 41 times a step, and nn.Module takes 2.8 µs more for it: 0.1 ms of
        # the 2.4 ms of CPU time that a step of a dense network takes (batch 128, one thread).
        if name in self.__dict__ and (value is None or type(value) is str):
            self.__dict__[name] = value
        else:
            super().__setattr__(name, value)

    def losses_of(self, batch: Batch) -> tuple[LossOutput, NamedTuple]:
        """Loss of each sample, and the output."""
        output = self.pipeline(batch.input)
        loss = self.loss(output, batch.target)
        if batch.mix is not None:
            loss = mixed_loss(loss, self.loss(output, of_partners(batch.target, batch.mix)), batch.mix)
        return loss, output

    def _step(self, batch: Batch, meter: Meter) -> tuple[Tensor, NamedTuple]:
        loss, output = self.losses_of(batch)
        meter.update(loss, batch.weight, output, batch.target)
        return loss.total, output

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        losses, _ = self._step(batch, self.train_meter)
        total, weight = (losses * batch.weight).sum(), batch.weight.sum()
        if self.trainer.world_size > 1:
            # Lightning averages the gradients over all processes: each divides by the mean of their weights.
            weight = self.trainer.strategy.reduce(weight, reduce_op="mean")
        loss = total / weight.clamp(min=torch.finfo(torch.float32).tiny)
        # One `log` takes as long as a step of a small network: only when a row is due.
        if (self.trainer.global_step + 1) % self.trainer.log_every_n_steps == 0:  # type: ignore[attr-defined]
            self.log("train/loss_step", loss, batch_size=len(batch.id))
        batches = self.trainer.accumulate_grad_batches
        return loss if batches == 1 else total / self.accumulation.add(weight, batch_idx, batches)

    def on_after_backward(self) -> None:
        # Not in on_before_optimizer_step: callbacks that look at the gradients get that hook before this module.
        batches, ready = self.trainer.accumulate_grad_batches, self.accumulation.batch_idx + 1
        if batches > 1 and (
            ready % batches == 0 or ready == self.trainer.num_training_batches or self.trainer.is_last_batch
        ):
            self.accumulation.rescale(self.parameters(), batches)

    def configure_gradient_clipping(
        self,
        optimizer: Optimizer,
        gradient_clip_val: float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        if not isinstance(self.trainer, Trainer) or not self.trainer.clips_each_tensor:
            self.clip_gradients(optimizer, gradient_clip_val, gradient_clip_algorithm)
        elif gradient_clip_val is not None:
            check_unscaled(optimizer, self.trainer.precision_plugin)
            clip_each_norm(self.parameters(), gradient_clip_val)

    def validation_step(  # type: ignore[override]
        self, batch: Batch, batch_idx: int, dataloader_idx: int = 0
    ) -> NamedTuple:
        return self._step(batch, self.val_meters[dataloader_idx])[1]

    def test_step(self, batch: Batch, batch_idx: int) -> NamedTuple:  # type: ignore[override]
        return self._step(batch, self.test_meter)[1]

    def _log_epoch(self, split: str, meter: Meter) -> dict[str, Tensor]:
        values = {f"{split}/{name}": value for name, value in meter.compute().items()}
        self.log_dict(values, prog_bar=True)
        return values

    def on_train_epoch_end(self) -> None:
        self._log_epoch("train", self.train_meter)
        self.optimization.step_on_plateau(self.trainer)

    def on_validation_epoch_end(self) -> None:
        for name, meter in zip(self.val_names, self.val_meters, strict=True):
            values = self._log_epoch(name, meter)
            if self.monitor in values:
                self.optimization.validated_value = float(values[self.monitor])

    def on_test_epoch_end(self) -> None:
        self._log_epoch("test", self.test_meter)

    def configure_callbacks(self) -> list[Callback]:
        return [FreezeBatchNorm()] if frozen_norms(self) else []

    def configure_optimizers(self) -> OptimizerLRScheduler:
        return self.optimization.configure(self, self.pipeline.network, self.trainer)

    def lr_scheduler_step(self, scheduler: LRSchedulerTypeUnion, metric: float | Tensor | None) -> None:
        if metric is None:  # else `step_on_plateau` has done it
            scheduler.step()  # type: ignore[call-arg]

    def on_save_checkpoint(self, checkpoint: PlainData) -> None:
        checkpoint["planned_steps"] = self.optimization.planned_steps

    def on_load_checkpoint(self, checkpoint: PlainData) -> None:
        self.optimization.planned_steps = checkpoint["planned_steps"]
        done = 0 if "mid_epoch" in checkpoint else 1
        epochs, max_epochs = checkpoint["epoch"] + done, self.trainer.max_epochs
        if self.trainer.state.fn == "fit" and max_epochs is not None and max_epochs < epochs:
            raise InputError(
                f"The run has {epochs} epochs already, max_epochs = {max_epochs}: expected {epochs} or more."
            )
