"""Metrics of predicted texts, from edit distances."""

import torch
from torch import Tensor
from torchmetrics import Metric


class ErrorRate(Metric):
    """Sum of the edit distances over the sum of the lengths of the targets: the character error rate."""

    distances: Tensor
    lengths: Tensor

    def __init__(self) -> None:
        super().__init__()
        for name in ("distances", "lengths"):
            self.add_state(name, torch.zeros((), dtype=torch.int64), dist_reduce_fx="sum")

    def update(self, distance: Tensor, length: Tensor) -> None:
        """Add samples: their edit distances and the lengths of their targets, (batch)."""
        self.distances += distance.sum()
        self.lengths += length.sum()

    def compute(self) -> Tensor:
        return self.distances / self.lengths.clamp(min=1)


class Exact(Metric):
    """Share of the samples whose text is predicted without an error."""

    correct: Tensor
    count: Tensor

    def __init__(self) -> None:
        super().__init__()
        for name in ("correct", "count"):
            self.add_state(name, torch.zeros((), dtype=torch.int64), dist_reduce_fx="sum")

    def update(self, distance: Tensor, length: Tensor) -> None:
        """Add samples: their edit distances and the lengths of their targets, (batch)."""
        self.correct += (distance == 0).sum()
        self.count += len(distance)

    def compute(self) -> Tensor:
        return self.correct / self.count.clamp(min=1)
