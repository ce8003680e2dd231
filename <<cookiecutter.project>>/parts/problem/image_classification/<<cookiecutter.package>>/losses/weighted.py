"""A weighted sum of named losses."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from ..engine.core.errors import InputError
from ..engine.losses.loss import Loss, LossOutput


class Weighted(Loss):
    """The sum of `weights[name] * losses[name]`. Each is logged twice: raw under its name, and as `<name>_weighted`.

    Raises:
        InputError: a loss has no weight, or a weight no loss.
    """

    def __init__(self, losses: Mapping[str, Loss], weights: Mapping[str, float]) -> None:
        super().__init__()
        if set(losses) != set(weights):
            raise InputError(
                f"loss.losses names {', '.join(losses)} but loss.weights names {', '.join(weights)}: "
                "expected the same names."
            )
        self.losses, self.weights = nn.ModuleDict(losses), dict(weights)

    def forward(self, output: Any, target: Any) -> LossOutput:
        raw = {name: loss(output, target).total for name, loss in self.losses.items()}
        weighted = {f"{name}_weighted": self.weights[name] * value for name, value in raw.items()}
        return LossOutput(torch.stack(list(weighted.values())).sum(0), raw | weighted)
