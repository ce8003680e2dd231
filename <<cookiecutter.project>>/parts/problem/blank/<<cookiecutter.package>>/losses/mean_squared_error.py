"""Squared difference between prediction and target."""

from typing import Any

from ..engine.losses.loss import Loss, LossOutput


class MeanSquaredError(Loss):
    """Mean over all but the first axis of (prediction.y - target.y)^2."""

    def forward(self, output: Any, target: Any) -> LossOutput:
        total = (output.y - target.y).square().flatten(1).mean(1)
        return LossOutput(total, {"mean_squared_error": total})
