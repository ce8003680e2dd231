"""Running loss and metrics of one split: gathered on the device, computed once an epoch."""

from typing import Any

import torch
from torch import Tensor, nn
from torchmetrics import Metric

from ..definitions.definition import Definition
from ..losses.loss import LossOutput


class WeightedMean(Metric):
    """Sum of weight * value over sum of weight.

    torchmetrics' MeanMetric (1.9) reads from the device at every update, and without its check for NaN it ignores the
    weights.
    """

    total: Tensor
    weight: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.add_state("total", torch.tensor(0.0), dist_reduce_fx="sum")
        self.add_state("weight", torch.tensor(0.0), dist_reduce_fx="sum")

    def update(self, values: Tensor, weight: Tensor) -> None:
        self.total += (values * weight).sum()
        self.weight += weight.sum()

    def compute(self) -> Tensor:
        return self.total / self.weight


class Meter(nn.Module):
    """The loss is the weighted mean over all samples of the split, not the mean over its batches: so it does not depend
    on the batch size. Its parts are told apart where there are two or more.
    """

    def __init__(self, definition: Definition) -> None:
        super().__init__()
        self.definition = definition
        self.metrics = definition.metrics()
        self.losses: dict[str, WeightedMean] = {}

    def update(self, loss: LossOutput, weight: Tensor, prediction: Any, target: Any) -> None:
        parts = loss.parts if len(loss.parts) > 1 else {}
        for name, values in ({"loss": loss.total} | parts).items():
            if name not in self.losses:
                self.losses[name] = WeightedMean().to(values.device)
            self.losses[name].update(values.detach(), weight)
        self.metrics.update(*self.definition.compare(prediction, target))

    def compute(self) -> dict[str, Tensor]:
        """All values since the last call, by name; starts anew."""
        values = {name: metric.compute() for name, metric in self.losses.items()} | self.metrics.compute()
        self.losses.clear()
        self.metrics.reset()
        return values
