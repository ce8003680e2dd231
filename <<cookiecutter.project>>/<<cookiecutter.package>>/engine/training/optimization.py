"""Optimizer and learning-rate schedule of a training."""

from collections.abc import Callable, Iterable, Mapping
from inspect import signature
from typing import Annotated, TypeAlias, TypedDict

from annotated_types import Interval
from pytorch_lightning import Trainer
from pytorch_lightning.utilities.types import OptimizerLRScheduler
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from torch.optim.optimizer import ParamsT

from ..core.errors import InputError
from ..core.plain import PlainData
from .layer_decay import layer_factors

OptimizerFactory: TypeAlias = Callable[[ParamsT], Optimizer]
SchedulerFactory: TypeAlias = Callable[..., LRScheduler]
FACTOR = "layer_factor"  # key of parameter groups


class OptimizationOptions(TypedDict, total=False):
    """Keyword arguments of `Optimization`, explained there."""

    monitor: str
    decay_norms_and_biases: bool
    layer_decay: Annotated[float, Interval(gt=0, le=1)]


class Optimization:
    """Build optimizer and scheduler, and step ReduceLROnPlateau.

    `optimizer` is called with the trainable parameters, `scheduler` with the optimizer; None: a constant learning rate.
    A scheduler with an argument `total_steps` gets the number of steps of the training and is stepped at every step,
    any other once an epoch, ReduceLROnPlateau with the metric `monitor`. Without `decay_norms_and_biases`, parameters
    of one axis or none get no weight decay (He et al., Bag of tricks, 2019, section 3.1). `layer_decay`: factor of the
    learning rate from each block of the network to the one before, as `layer_factors` explains; the head keeps the full
    rate, and is the first parameter group.

    Raises:
        InputError: `optimizer` or `scheduler` is an object instead of a factory.
    """

    def __init__(
        self,
        optimizer: OptimizerFactory,
        scheduler: SchedulerFactory | None = None,
        monitor: str = "val/loss",
        decay_norms_and_biases: bool = True,
        layer_decay: float = 1.0,
    ) -> None:
        for name, part in {"optimizer": optimizer, "scheduler": scheduler}.items():
            if part is not None and not callable(part):
                raise InputError(
                    f"{name} is an object of {type(part).__name__}, expected its class, or functools.partial of the "
                    "class with arguments."
                )
        self.make_optimizer, self.make_scheduler = optimizer, scheduler
        self.monitor, self.decay_norms_and_biases, self.layer_decay = monitor, decay_norms_and_biases, layer_decay
        self.planned_steps: int | None = None
        self.validated_value: float | None = None
        """Value of `monitor` in the last validation since the last epoch."""

    def configure(self, model: nn.Module, network: nn.Module, trainer: Trainer) -> OptimizerLRScheduler:
        """Optimizer of the parameters of `model` and scheduler, as `configure_optimizers` returns them.

        `network`: the part of the model that has layers.

        Raises:
            InputError: a resumed schedule was planned for another number of steps, or `layer_decay` finds no blocks.
        """
        optimizer = self.optimizer_of(model, network)
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
        scheduler = self.make_scheduler(optimizer, total_steps=steps, **self._max_lr(optimizer))
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def optimizer_of(self, model: nn.Module, network: nn.Module) -> Optimizer:
        """Optimizer of the trainable parameters of `model`, with the rates of the layers of `network`."""
        factors = layer_factors(network, self.layer_decay) if self.layer_decay != 1 else {}
        optimizer = self.make_optimizer(parameter_groups(model.parameters(), self.decay_norms_and_biases, factors))
        for group in optimizer.param_groups:
            if FACTOR in group:
                group["lr"] = group["lr"] * group[FACTOR]
        return optimizer

    def _max_lr(self, optimizer: Optimizer) -> dict[str, list[float]]:
        """Argument of OneCycleLR that keeps the factors of the layers: it sets the learning rates itself."""
        assert self.make_scheduler is not None
        parameter = signature(self.make_scheduler).parameters.get("max_lr")
        if self.layer_decay == 1 or parameter is None or not isinstance(parameter.default, float | int):
            return {}
        return {"max_lr": [parameter.default * group[FACTOR] for group in optimizer.param_groups]}

    def step_on_plateau(self, trainer: Trainer) -> None:
        """Step ReduceLROnPlateau at the end of a training epoch, if `monitor` was computed since the last one.

        Lightning would step it after the checkpoint is saved: a resumed run would miss that step.
        """
        value, self.validated_value = self.validated_value, None
        if not self.monitor.startswith("val/"):
            value = float(trainer.callback_metrics[self.monitor])
        for config in trainer.lr_scheduler_configs:
            if value is not None and isinstance(config.scheduler, ReduceLROnPlateau):
                config.scheduler.step(value)


def parameter_groups(
    parameters: Iterable[nn.Parameter], decay_norms_and_biases: bool, factors: Mapping[nn.Parameter, float]
) -> ParamsT:
    """Trainable parameters; without `decay_norms_and_biases`, those of one axis or none with weight decay 0.

    With `factors` of the learning rate, there are groups for each factor, the largest first; a parameter without one
    has the factor 1.
    """
    trainable = [parameter for parameter in parameters if parameter.requires_grad]
    if not factors:
        return trainable if decay_norms_and_biases else _by_weight_decay(trainable)
    groups: list[PlainData] = []
    for factor in sorted({1.0, *factors.values()}, reverse=True):
        members = [parameter for parameter in trainable if factors.get(parameter, 1.0) == factor]
        split = [{"params": members}] if decay_norms_and_biases else _by_weight_decay(members)
        groups += [group | {FACTOR: factor} for group in split if group["params"]]
    return groups


def _by_weight_decay(parameters: list[nn.Parameter]) -> list[PlainData]:
    decayed: PlainData = {"params": [parameter for parameter in parameters if parameter.ndim >= 2]}
    others = {"params": [parameter for parameter in parameters if parameter.ndim < 2], "weight_decay": 0.0}
    return [decayed, others]
