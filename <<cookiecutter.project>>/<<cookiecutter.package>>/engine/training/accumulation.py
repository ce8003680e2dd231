"""Gradient accumulation over batches of different size and weight."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from ..core.compat import multiply


class Accumulation:
    """Weights of the batches whose gradients are added for one optimizer step.

    The gradient is that of the weighted mean loss over all samples of the group, as if they were one batch. Lightning
    divides the loss of each batch by the number N of batches in a full group. The summed loss of every batch is divided
    by the weight w_1 of the first one, and the added gradients are multiplied by N w_1 / (w_1 + … + w_m) with m <= N:
    1 in a full group of equal weights. The weights stay on the device.
    """

    def __init__(self) -> None:
        self.first: Tensor | None = None
        self.total: Tensor | None = None
        self.batch_idx = 0

    def add(self, weight: Tensor, batch_idx: int, batches: int) -> Tensor:
        """Add the total weight of a batch, and return the divisor of its summed loss; `batches`: N."""
        if batch_idx % batches == 0 or self.first is None or self.total is None:
            self.first, self.total = _or_one(weight), weight
        else:
            self.total = self.total + weight
        self.batch_idx = batch_idx
        return self.first

    def rescale(self, parameters: Iterable[nn.Parameter], batches: int) -> None:
        """Multiply the gradients of a complete group in place; `batches`: N."""
        if self.first is None or self.total is None:
            return
        gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
        if gradients:
            multiply(gradients, batches * self.first / _or_one(self.total))
        self.first = self.total = None


def _or_one(weight: Tensor) -> Tensor:
    """1 instead of the weight of a batch whose samples all have weight 0."""
    return torch.where(weight > 0, weight, 1.0)
