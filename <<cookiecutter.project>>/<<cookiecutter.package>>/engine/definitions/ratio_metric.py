"""Metrics that are a ratio of sums over all samples."""

from collections.abc import Callable

import torch
from torch import Tensor
from torchmetrics import Metric


class Ratio(Metric):
    """`transform` of the sum of the first values over the sum of the second; 0 / 0 is 0."""

    numerator: Tensor
    denominator: Tensor

    def __init__(self, transform: Callable[[Tensor], Tensor] | None = None) -> None:
        super().__init__()
        self.transform = transform
        for name in ("numerator", "denominator"):
            self.add_state(name, torch.zeros((), dtype=torch.float64), dist_reduce_fx="sum")

    def update(self, first: Tensor, second: Tensor) -> None:
        """Add samples by their two values, (batch)."""
        self.numerator += first.double().sum()
        self.denominator += second.double().sum()

    def compute(self) -> Tensor:
        ratio = (self.numerator / self.denominator.clamp(min=1)).float()
        return ratio if self.transform is None else self.transform(ratio)


class Zeros(Ratio):
    """Share of the samples whose first value is 0."""

    def update(self, first: Tensor, second: Tensor) -> None:
        super().update(first == 0, torch.ones_like(first))
