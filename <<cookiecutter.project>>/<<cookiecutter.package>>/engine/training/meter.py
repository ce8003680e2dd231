"""Running loss and metrics of one split: gathered on the device, computed once an epoch."""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torchmetrics import Metric

from ..definitions.definition import Definition
from ..losses.loss import LossOutput

MOST_BATCHES, MOST_BYTES = 32, 64 * 2**20  # held at a time


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


class Held(NamedTuple):
    """What a batch has to say to the metrics."""

    total: Tensor
    parts: dict[str, Tensor]
    weight: Tensor
    output: Any
    target: Any

    def tensors(self) -> list[Tensor]:
        return [self.total, self.weight, *self.parts.values(), *self.output, *self.target]


class Meter(nn.Module):
    """The loss is the weighted mean over all samples of the split, not the mean over its batches: so it does not depend
    on the batch size. Its parts are told apart where there are two or more.

    Metrics are updated with many batches at once: one update costs 100 to 200 µs however small the batch is, as much as
    a step of a small network.
    """

    def __init__(self, definition: Definition) -> None:
        super().__init__()
        self.definition = definition
        self.metrics = definition.metrics()
        self.losses: dict[str, WeightedMean] = {}
        self.held: list[Held] = []
        self.bytes = 0

    def update(self, loss: LossOutput, weight: Tensor, output: Any, target: Any) -> None:
        parts = {name: part.detach() for name, part in loss.parts.items()} if len(loss.parts) > 1 else {}
        still = type(output)(*(field.detach() for field in output))
        batch = Held(loss.total.detach(), parts, weight, still, target)
        if self.held and _form(batch) != _form(self.held[0]):
            self._count()
        self.held.append(batch)
        self.bytes += sum(tensor.nbytes for tensor in batch.tensors())
        if len(self.held) == MOST_BATCHES or self.bytes > MOST_BYTES:
            self._count()

    def _count(self) -> None:
        held, self.held, self.bytes = self.held, [], 0
        weight, first = torch.cat([batch.weight for batch in held]), held[0]
        for name in ("loss", *first.parts):
            values = torch.cat([batch.total if name == "loss" else batch.parts[name] for batch in held])
            if name not in self.losses:
                self.losses[name] = WeightedMean().to(values.device)
            self.losses[name].update(values, weight)
        output, target = (
            type(kind)(*map(torch.cat, zip(*(getattr(batch, part) for batch in held), strict=True)))
            for part, kind in (("output", first.output), ("target", first.target))
        )
        self.metrics.update(*self.definition.metric_inputs(output, target))

    def compute(self) -> dict[str, Tensor]:
        """All values since the last call, by name; starts anew."""
        if self.held:
            self._count()
        values = {name: metric.compute() for name, metric in self.losses.items()} | self.metrics.compute()
        self.losses.clear()
        self.metrics.reset()
        return values


def _form(batch: Held) -> list[torch.Size]:
    """What must be the same in batches that are put together."""
    return [tensor.shape[1:] for tensor in batch.tensors()]
