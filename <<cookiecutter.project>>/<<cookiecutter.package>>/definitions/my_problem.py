"""Replace me: numbers in, numbers out."""

from dataclasses import dataclass
from typing import NamedTuple

from jaxtyping import Float, Float32
from matplotlib.figure import Figure
from torch import Tensor
from torchmetrics import MeanAbsoluteError, MetricCollection

from .definition import Batch, Definition


class MyInput(NamedTuple):
    x: Float32[Tensor, "batch features"]


class MyTarget(NamedTuple):
    y: Float32[Tensor, "batch outputs"]


class MyPrediction(NamedTuple):
    y: Float[Tensor, "batch outputs"]


class MyAnswer(NamedTuple):
    y: Float[Tensor, "batch outputs"]


@dataclass(frozen=True)
class MyProblem(Definition):
    """`features`: numbers in. `outputs`: numbers out."""

    features: int
    outputs: int

    Input = MyInput
    Target = MyTarget
    Prediction = MyPrediction
    Answer = MyAnswer

    def sizes(self) -> dict[str, int]:
        return {"features": self.features, "outputs": self.outputs}

    def metrics(self) -> MetricCollection:
        return MetricCollection({"mae": MeanAbsoluteError()})

    def compare(self, prediction: MyPrediction, target: MyTarget) -> tuple[Tensor, Tensor]:
        return prediction.y, target.y

    def describe(self, batch: Batch) -> str:
        y = batch.target.y
        return f"y from {float(y.min()):.3g} to {float(y.max()):.3g}, mean {float(y.mean()):.3g}"

    def read(self, batch: Batch, answer: MyAnswer) -> list[str]:
        rows = zip(batch.id.tolist(), batch.target.y.tolist(), answer.y.tolist(), strict=True)
        return [f"sample {place}: is {right}, answered {said}" for place, right, said in rows]

    def draw(self, batch: Batch, answer: MyAnswer | None = None) -> Figure:
        """The first output over the first feature."""
        figure = Figure(figsize=(8, 5), layout="constrained")
        axis = figure.subplots()
        x = batch.input.x[:, 0].cpu().numpy()
        axis.scatter(x, batch.target.y[:, 0].cpu().numpy(), label="target", color="black", s=16)
        if answer is not None:
            axis.scatter(x, answer.y[:, 0].float().cpu().numpy(), label="answer", color="crimson", marker="x")
        axis.set(xlabel="x", ylabel="y")
        axis.legend()
        return figure
