"""Loss and metrics of one split: accumulated on the device, computed once an epoch."""

from typing import Generic, NamedTuple

import torch
from lightning_fabric.utilities.apply_func import move_data_to_device
from torch import Tensor, nn
from torchmetrics import Metric

from ..core.plain import PlainData
from ..definitions.definition import Definition, InputT, OutputT, PredictionT, TargetT
from ..definitions.fields import map_fields
from ..losses.loss import LossOutput
from .metric_state import metric_state, restore_metric

MAX_BATCHES, MAX_BYTES = 32, 64 * 2**20  # of one update of the metrics


class WeightedMean(Metric):
    """Weighted mean: sum(weight * value) / sum(weight).

    torchmetrics' MeanMetric (1.9) synchronizes with the device at every update, and ignores the weights when its check
    for NaN is off.
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


class StepOutputs(NamedTuple, Generic[OutputT, TargetT]):
    """Batch for the metrics; `total` and `parts` hold one loss per sample."""

    total: Tensor
    parts: dict[str, Tensor]
    weight: Tensor
    output: OutputT
    target: TargetT

    def tensors(self) -> list[Tensor]:
        return [self.total, self.weight, *self.parts.values(), *self.output, *self.target]

    def shapes(self) -> list[torch.Size]:
        """Shapes without the batch axis: equal in batches that can be concatenated."""
        return [tensor.shape[1:] for tensor in self.tensors()]


class Meter(nn.Module, Generic[InputT, TargetT, OutputT, PredictionT]):
    """Loss and metrics of one split.

    The loss is the weighted mean over all samples of the split, not over its batches: it does not depend on the batch
    size. Its parts are reported if there are two or more. Metrics are updated with up to 32 batches at once: an update
    takes 100 to 200 µs however small the batch is, as long as a step of a small network.
    """

    def __init__(self, definition: Definition[InputT, TargetT, OutputT, PredictionT]) -> None:
        super().__init__()
        self.definition = definition
        self.metrics = definition.metrics()
        self.losses: dict[str, WeightedMean] = {}
        self.pending: list[StepOutputs[OutputT, TargetT]] = []
        self.pending_bytes = 0

    def update(self, loss: LossOutput, weight: Tensor, output: OutputT, target: TargetT) -> None:
        """Add a batch."""
        parts = {name: part.detach() for name, part in loss.parts.items()} if len(loss.parts) > 1 else {}
        outputs = StepOutputs(loss.total.detach(), parts, weight, map_fields(Tensor.detach, output), target)
        if self.pending and outputs.shapes() != self.pending[0].shapes():
            self._update_metrics()
        self.pending.append(outputs)
        self.pending_bytes += sum(tensor.nbytes for tensor in outputs.tensors())
        if len(self.pending) == MAX_BATCHES or self.pending_bytes > MAX_BYTES:
            self._update_metrics()

    def _update_metrics(self) -> None:
        batches, self.pending, self.pending_bytes = self.pending, [], 0
        weight = torch.cat([batch.weight for batch in batches])
        for name in ("loss", *batches[0].parts):
            values = torch.cat([batch.total if name == "loss" else batch.parts[name] for batch in batches])
            if name not in self.losses:
                self.losses[name] = WeightedMean().to(values.device)
            self.losses[name].update(values, weight)
        output = map_fields(_concatenate, *(batch.output for batch in batches))
        target = map_fields(_concatenate, *(batch.target for batch in batches))
        self.metrics.update(*self.definition.metric_inputs(output, target))

    def state(self) -> PlainData:
        """Everything since the last call of `compute`, as tensors in plain containers."""
        return {
            "pending": [[batch.total, batch.parts, batch.weight, *map(tuple, batch[3:])] for batch in self.pending],
            "losses": {name: [metric.total, metric.weight] for name, metric in self.losses.items()},
            "metrics": {name: metric_state(metric) for name, metric in self.metrics.items(keep_base=True)},
        }

    def restore(self, state: PlainData, device: torch.device) -> None:
        """Continue from `state`."""
        state = move_data_to_device(state, device)
        definition = self.definition
        self.pending = [
            StepOutputs(total, parts, weight, definition.Output._make(output), definition.Target._make(target))
            for total, parts, weight, output, target in state["pending"]
        ]
        self.pending_bytes = sum(tensor.nbytes for batch in self.pending for tensor in batch.tensors())
        for name, (total, weight) in state["losses"].items():
            self.losses[name] = mean = WeightedMean().to(device)
            mean.total, mean.weight = total, weight
        for name, values in state["metrics"].items():
            restore_metric(self.metrics[name], values)

    def compute(self) -> dict[str, Tensor]:
        """Compute all values since the last call, by name, and reset."""
        if self.pending:
            self._update_metrics()
        values = {name: metric.compute() for name, metric in self.losses.items()} | self.metrics.compute()
        self.losses.clear()
        self.metrics.reset()
        return values


def _concatenate(*tensors: Tensor) -> Tensor:
    return torch.cat(tensors)
