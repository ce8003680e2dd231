"""The one Lightning module: it owns pipeline, loss, optimizer and scheduler."""

from collections.abc import Callable, Sequence
from inspect import signature
from typing import Any, Self

import torch
from pytorch_lightning import LightningModule
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from ..core.errors import InputError
from ..definitions.definition import Batch
from ..losses.loss import Loss, LossOutput
from ..losses.mixed import mixed_loss, of_partners
from ..models.pipeline import Pipeline
from .activation_checkpointing import checkpoint_blocks
from .freezing import freeze as frozen
from .meter import Meter


class Supervised(LightningModule):
    """Learns targets from inputs.

    `optimizer` is called with the trainable parameters, `scheduler` with the optimizer. A scheduler that takes
    `total_steps` is told how many steps the run has and counts steps; any other counts epochs, and looks at `monitor`
    if it looks at a metric. Without `decay_norms_and_biases`, weight decay spares every parameter of one axis or none
    (He et al., Bag of tricks, 2019, section 3.1).

    To the network, and without a trace in checkpoints: `freeze` holds regular expressions for whole names of parameters
    that stay as they are, with the running statistics of a normalisation whose parameters all do; `channels_last`
    orders filters so; `activation_checkpointing` computes twice instead of keeping; `compile` is torch.compile.

    Raises:
        InputError: an expression of `freeze` matches nothing, all is frozen, or activations cannot be checkpointed.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        loss: Loss,
        optimizer: Callable[[Any], Optimizer],
        scheduler: Callable[..., LRScheduler],
        decay_norms_and_biases: bool = True,
        monitor: str = "val/loss",
        freeze: Sequence[str] = (),
        channels_last: bool = False,
        activation_checkpointing: bool = False,
        compile: bool = False,
    ) -> None:
        super().__init__()
        self.pipeline, self.loss = pipeline, loss
        self.make_optimizer, self.make_scheduler = optimizer, scheduler
        self.train_meter, self.val_meter, self.test_meter = (Meter(pipeline.definition) for _ in range(3))
        self.decay_norms_and_biases, self.monitor = decay_norms_and_biases, monitor
        self.planned_steps: int | None = None
        self.validated = False
        self._prepare(pipeline.network, freeze, channels_last, activation_checkpointing, compile)

    def _prepare(
        self,
        network: nn.Module,
        freeze: Sequence[str],
        channels_last: bool,
        activation_checkpointing: bool,
        compile: bool,
    ) -> None:
        self._still = set(frozen(network, freeze))
        if freeze and not self._parameters_to_train():
            raise InputError(f"model.freeze = {list(freeze)} leaves nothing to train: name fewer parameters.")
        if compile and activation_checkpointing:
            raise InputError("model.compile and model.activation_checkpointing cannot work together: choose one.")
        if channels_last:
            network.to(memory_format=torch.channels_last)
        if activation_checkpointing:
            checkpoint_blocks(network)
        if compile:
            network.compile()
        self.train()

    def train(self, mode: bool = True) -> Self:
        """As ever, save that frozen running statistics stand still."""
        super().train(mode)
        for module in self._still:
            module.training = False
        return self

    def __setattr__(self, name: str, value: Any) -> None:
        # Lightning notes which hook it calls some forty times a step; by way of nn.Module that costs 50 µs.
        if name == "_current_fx_name":
            self.__dict__[name] = value
        else:
            super().__setattr__(name, value)

    def _step(self, batch: Batch, meter: Meter) -> tuple[Tensor, Any]:
        output = self.pipeline(batch.input)
        loss: LossOutput = self.loss(output, batch.target)
        if batch.mix is not None:
            loss = mixed_loss(loss, self.loss(output, of_partners(batch.target, batch.mix)), batch.mix)
        meter.update(loss, batch.weight, output, batch.target)
        weight = batch.weight.sum().clamp(min=torch.finfo(torch.float32).tiny)
        if self._trainer is not None and self._trainer.world_size > 1:
            # Lightning takes the mean of the gradients of all processes: so each divides by the mean of their weights.
            weight = self._trainer.strategy.reduce(weight, reduce_op="mean")
        return (loss.total * batch.weight).sum() / weight, output

    def _log_epoch(self, split: str, meter: Meter) -> None:
        self.log_dict({f"{split}/{name}": value for name, value in meter.compute().items()}, prog_bar=True)

    def training_step(self, batch: Batch, index: int) -> Tensor:
        loss, _ = self._step(batch, self.train_meter)
        # One `log` costs as much as a small network's step, so it is called only when a row is due.
        if (self.trainer.global_step + 1) % self.trainer.log_every_n_steps == 0:  # type: ignore[attr-defined]
            self.log("train/loss_step", loss, batch_size=len(batch.id))
        return loss

    def validation_step(self, batch: Batch, index: int) -> Any:
        return self._step(batch, self.val_meter)[1]

    def test_step(self, batch: Batch, index: int) -> Any:
        return self._step(batch, self.test_meter)[1]

    def on_train_epoch_end(self) -> None:
        self._log_epoch("train", self.train_meter)
        # Lightning steps a plateau scheduler after the checkpoint is written, so a resume would lose the step.
        fresh, self.validated = self.validated or not self.monitor.startswith("val/"), False
        for config in self.trainer.lr_scheduler_configs:
            if config.reduce_on_plateau and fresh:
                config.scheduler.step(self.trainer.callback_metrics[self.monitor])  # type: ignore[arg-type]

    def lr_scheduler_step(self, scheduler: Any, metric: Any) -> None:
        if metric is None:
            scheduler.step()

    def on_validation_epoch_end(self) -> None:
        self._log_epoch("val", self.val_meter)
        self.validated = True

    def on_test_epoch_end(self) -> None:
        self._log_epoch("test", self.test_meter)

    def configure_optimizers(self) -> Any:
        optimizer = self.make_optimizer(self._parameter_groups())
        if "total_steps" not in signature(self.make_scheduler).parameters:
            scheduler = self.make_scheduler(optimizer)
            plan = {"scheduler": scheduler, "monitor": self.monitor, "strict": False}  # not every epoch is validated
            return {"optimizer": optimizer, "lr_scheduler": plan}
        steps = int(self.trainer.estimated_stepping_batches)
        if self.planned_steps not in (None, steps):
            raise InputError(
                f"The learning rate of this run was planned for {self.planned_steps} steps, and the run would now have "
                f"{steps}: resume it with the max_epochs and batch_size it had, or start a new run."
            )
        self.planned_steps = steps
        scheduler = self.make_scheduler(optimizer, total_steps=steps)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def _parameters_to_train(self) -> list[nn.Parameter]:
        return [parameter for parameter in self.parameters() if parameter.requires_grad]

    def _parameter_groups(self) -> Any:
        trained = self._parameters_to_train()
        if self.decay_norms_and_biases:
            return trained
        spared = [parameter for parameter in trained if parameter.ndim < 2]
        decayed = [parameter for parameter in trained if parameter.ndim >= 2]
        return [{"params": decayed}, {"params": spared, "weight_decay": 0.0}]

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["planned_steps"] = self.planned_steps

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        self.planned_steps = checkpoint["planned_steps"]
        done, wanted = checkpoint["epoch"] + 1, self.trainer.max_epochs
        if self.trainer.state.fn == "fit" and wanted is not None and wanted < done:
            raise InputError(
                f"The run has {done} epochs already, trainer.max_epochs = {wanted}: expected {done} or more."
            )
