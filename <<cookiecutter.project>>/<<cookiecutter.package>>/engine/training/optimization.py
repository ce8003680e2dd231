"""Optimizer and learning-rate schedule of a training."""

from collections.abc import Callable, Iterable
from inspect import signature
from typing import TypeAlias

from pytorch_lightning import Trainer
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from torch.optim.optimizer import ParamsT

from ..core.errors import InputError
from ..core.plain import PlainData

OptimizerFactory: TypeAlias = Callable[[ParamsT], Optimizer]
SchedulerFactory: TypeAlias = Callable[..., LRScheduler]


class Optimization:
    """Build optimizer and scheduler, and step ReduceLROnPlateau.

    `optimizer` is called with the trainable parameters, `scheduler` with the optimizer; None: a constant learning rate.
    A scheduler with an argument `total_steps` gets the number of steps of the training and is stepped at every step,
    any other once an epoch, ReduceLROnPlateau with the metric `monitor`. Without `decay_norms_and_biases`, parameters
    of one axis or none get no weight decay (He et al., Bag of tricks, 2019, section 3.1).

    Raises:
        InputError: `optimizer` or `scheduler` is an object instead of a factory.
    """

    def __init__(
        self,
        optimizer: OptimizerFactory,
        scheduler: SchedulerFactory | None = None,
        monitor: str = "val/loss",
        decay_norms_and_biases: bool = True,
    ) -> None:
        for name, part in {"optimizer": optimizer, "scheduler": scheduler}.items():
            if part is not None and not callable(part):
                raise InputError(
                    f"{name} is an object of {type(part).__name__}, expected its class, or functools.partial of the "
                    "class with arguments."
                )
        self.make_optimizer, self.make_scheduler = optimizer, scheduler
        self.monitor, self.decay_norms_and_biases = monitor, decay_norms_and_biases
        self.planned_steps: int | None = None
        self.validated = False
        """Whether a validation has ended since the last epoch."""

    def configure(self, parameters: Iterable[nn.Parameter], trainer: Trainer) -> OptimizerLRScheduler:
        """Optimizer and scheduler as `configure_optimizers` returns them.

        Raises:
            InputError: a resumed schedule was planned for another number of steps.
        """
        optimizer = self.make_optimizer(parameter_groups(parameters, self.decay_norms_and_biases))
        if self.make_scheduler is None:
            return optimizer
        if "total_steps" not in signature(self.make_scheduler).parameters:
            scheduler = self.make_scheduler(optimizer)
            # Not strict: `monitor` is missing after an epoch without validation.
            return {
                "optimizer": optimizer,
                "lr_scheduler": {"scheduler": scheduler, "monitor": self.monitor, "strict": False},
            }
        steps = int(trainer.estimated_stepping_batches)
        if self.planned_steps not in (None, steps):
            raise InputError(
                f"The learning rate of this run was planned for {self.planned_steps} steps, and the run would now have "
                f"{steps}: resume it with the max_epochs and batch_size it had, or start a new run."
            )
        self.planned_steps = steps
        scheduler = self.make_scheduler(optimizer, total_steps=steps)
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def step_on_plateau(self, trainer: Trainer) -> None:
        """Step ReduceLROnPlateau at the end of a training epoch, if `monitor` was computed since the last one.

        Lightning would step it after the checkpoint is saved: a resumed run would miss that step.
        """
        computed, self.validated = self.validated or not self.monitor.startswith("val/"), False
        for config in trainer.lr_scheduler_configs:
            if computed and isinstance(config.scheduler, ReduceLROnPlateau):
                config.scheduler.step(trainer.callback_metrics[self.monitor])


def parameter_groups(parameters: Iterable[nn.Parameter], decay_norms_and_biases: bool) -> ParamsT:
    """Trainable parameters; without `decay_norms_and_biases`, those of one axis or none with weight decay 0."""
    trainable = [parameter for parameter in parameters if parameter.requires_grad]
    if decay_norms_and_biases:
        return trainable
    decayed: PlainData = {"params": [parameter for parameter in trainable if parameter.ndim >= 2]}
    others = {"params": [parameter for parameter in trainable if parameter.ndim < 2], "weight_decay": 0.0}
    return [decayed, others]
