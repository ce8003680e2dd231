"""Squared error of numbers."""

from ..definitions.my_problem import MyOutput, MyTarget
from ..engine.losses.loss import Loss, LossOutput


class MeanSquaredError(Loss[MyOutput, MyTarget]):
    """(output.y - target.y)^2, mean over the outputs of a sample."""

    def forward(self, output: MyOutput, target: MyTarget) -> LossOutput:
        total = (output.y - target.y).square().flatten(1).mean(1)
        return LossOutput(total, {"mean_squared_error": total})
