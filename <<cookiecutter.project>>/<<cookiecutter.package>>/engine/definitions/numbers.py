"""Definitions with one or more numbers to predict for each sample: regression."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from jaxtyping import Float, Float32
from torch import Tensor

from .definition import Definition, InputT, Metrics

if TYPE_CHECKING:
    from .numbers_presentation import NumbersPresentation


class NumberTarget(NamedTuple):
    value: Float32[Tensor, "batch outputs"]


class NumberOutput(NamedTuple):
    value: Float[Tensor, "batch outputs"]


class NumberPrediction(NamedTuple):
    value: Float32[Tensor, "batch outputs"]


@dataclass(frozen=True)
class Numbers(Definition[InputT, NumberTarget, NumberOutput, NumberPrediction]):
    """`outputs`: names of the numbers. A subclass adds the input: `class Prices(Numbers[HouseInput])`."""

    outputs: tuple[str, ...]

    def sizes(self) -> dict[str, int]:
        return {"outputs": len(self.outputs)}

    def metrics(self) -> Metrics:
        from torchmetrics import MeanAbsoluteError, MeanSquaredError, MetricCollection

        return MetricCollection({"mae": MeanAbsoluteError(), "rmse": MeanSquaredError(squared=False)})

    def metric_inputs(self, output: NumberOutput, target: NumberTarget) -> tuple[Tensor, Tensor]:
        return output.value.float(), target.value

    def presentation(self) -> "NumbersPresentation[InputT]":
        from .numbers_presentation import NumbersPresentation

        return NumbersPresentation(self)
