"""Losses of numbers."""

from typing import Annotated

from annotated_types import Gt
from torch import Tensor
from torch.nn.functional import huber_loss

from ..engine.definitions.numbers import NumberOutput, NumberTarget
from ..engine.losses.loss import Loss, LossOutput


def _mean(values: Tensor) -> Tensor:
    return values.flatten(1).mean(1)


class SquaredError(Loss[NumberOutput, NumberTarget]):
    """(output - target)^2, mean over the numbers of a sample."""

    def forward(self, output: NumberOutput, target: NumberTarget) -> LossOutput:
        total = _mean((output.value - target.value).square())
        return LossOutput(total, {"squared_error": total})


class Huber(Loss[NumberOutput, NumberTarget]):
    """Half of the squared error for errors below `delta`, and linear beyond: outliers count less.

    Source: Huber, Robust estimation of a location parameter, 1964.
    """

    def __init__(self, delta: Annotated[float, Gt(0)] = 1.0) -> None:
        super().__init__()
        self.delta = delta

    def forward(self, output: NumberOutput, target: NumberTarget) -> LossOutput:
        total = _mean(huber_loss(output.value, target.value, reduction="none", delta=self.delta))
        return LossOutput(total, {"huber": total})
