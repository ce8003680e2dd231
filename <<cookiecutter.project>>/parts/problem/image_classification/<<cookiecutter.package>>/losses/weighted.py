"""A weighted sum of named losses."""

from collections.abc import Mapping

import torch
from torch import nn

from ..engine.core.errors import InputError
from ..engine.losses.loss import Loss, LossOutput, Output, Target


class Weighted(Loss[Output, Target]):
    """Sum of `weights[name] * losses[name]`. Each is logged raw under its name, and as `<name>_weighted`.

    Raises:
        InputError: `losses` and `weights` have different names.
    """

    def __init__(self, losses: Mapping[str, Loss[Output, Target]], weights: Mapping[str, float]) -> None:
        super().__init__()
        if set(losses) != set(weights):
            raise InputError(
                f"losses names {', '.join(losses)} but weights names {', '.join(weights)}: expected the same names."
            )
        self.losses, self.weights = nn.ModuleDict(losses), dict(weights)

    def forward(self, output: Output, target: Target) -> LossOutput:
        raw = {name: loss(output, target).total for name, loss in self.losses.items()}
        weighted = {f"{name}_weighted": self.weights[name] * value for name, value in raw.items()}
        return LossOutput(torch.stack(list(weighted.values())).sum(0), raw | weighted)
