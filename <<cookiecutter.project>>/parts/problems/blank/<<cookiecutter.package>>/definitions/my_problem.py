"""Replace me: numbers in, numbers out."""

from dataclasses import dataclass
from typing import NamedTuple

from jaxtyping import Float, Float32
from torch import Tensor

from ..engine.definitions.definition import Definition, Metrics


class MyInput(NamedTuple):
    x: Float32[Tensor, "batch features"]


class MyTarget(NamedTuple):
    y: Float32[Tensor, "batch outputs"]


class MyOutput(NamedTuple):
    y: Float[Tensor, "batch outputs"]


@dataclass(frozen=True)
class MyProblem(Definition[MyInput, MyTarget, MyOutput, MyOutput]):
    """`features`: numbers in. `outputs`: numbers out."""

    features: int
    outputs: int

    def sizes(self) -> dict[str, int]:
        return {"features": self.features, "outputs": self.outputs}

    def metrics(self) -> Metrics:
        from torchmetrics import MeanAbsoluteError, MetricCollection

        return MetricCollection({"mae": MeanAbsoluteError()})

    def metric_inputs(self, output: MyOutput, target: MyTarget) -> tuple[Tensor, Tensor]:
        return output.y, target.y
