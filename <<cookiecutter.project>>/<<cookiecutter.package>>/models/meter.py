"""Running loss and metrics of one split: gathered on the device, computed once an epoch."""

from typing import Any

from torch import Tensor, nn
from torchmetrics import MeanMetric

from ..definitions.definition import Definition
from ..losses.loss import LossOutput


class Meter(nn.Module):
    """The loss is the weighted mean over all samples of the split, not the mean over its batches: so it does not depend
    on the batch size. Its parts are told apart where there are two or more.
    """

    def __init__(self, definition: Definition) -> None:
        super().__init__()
        self.definition = definition
        self.metrics = definition.metrics()
        self.losses: dict[str, MeanMetric] = {}

    def update(self, loss: LossOutput, weight: Tensor, prediction: Any, target: Any) -> None:
        parts = loss.parts if len(loss.parts) > 1 else {}
        for name, values in ({"loss": loss.total} | parts).items():
            if name not in self.losses:
                self.losses[name] = MeanMetric(nan_strategy="disable").to(values.device)
            self.losses[name].update(values.detach(), weight)
        self.metrics.update(*self.definition.compare(prediction, target))

    def compute(self) -> dict[str, Tensor]:
        """All values since the last call, by name; starts anew."""
        values = {name: metric.compute() for name, metric in self.losses.items()} | self.metrics.compute()
        self.losses.clear()
        self.metrics.reset()
        return values
