"""A weighted sum of named losses."""

from collections.abc import Mapping

import torch
from torch import nn

from ..engine.core.errors import InputError
from ..engine.definitions.definition import OutputT, TargetT
from ..engine.losses.loss import Loss, LossOutput


class Weighted(Loss[OutputT, TargetT]):
    """Sum of `weights[name] * losses[name]`. Each is logged raw under its name, and as `<name>_weighted`.

    Raises:
        InputError: `losses` and `weights` have different names.
    """

    def __init__(self, losses: Mapping[str, Loss[OutputT, TargetT]], weights: Mapping[str, float]) -> None:
        super().__init__()
        if set(losses) != set(weights):
            raise InputError(
                f"losses names {', '.join(losses)} but weights names {', '.join(weights)}: expected the same names."
            )
        self.losses, self.weights = nn.ModuleDict(losses), dict(weights)

    def forward(self, output: OutputT, target: TargetT) -> LossOutput:
        raw = {name: loss(output, target).total for name, loss in self.losses.items()}
        weighted = {f"{name}_weighted": self.weights[name] * value for name, value in raw.items()}
        return LossOutput(torch.stack(list(weighted.values())).sum(0), raw | weighted)
