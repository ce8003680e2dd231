"""Replace me: numbers in, numbers out."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from jaxtyping import Float, Float32
from matplotlib.figure import Figure
from torch import Tensor
from torchmetrics import MeanAbsoluteError, MetricCollection

from ..engine.core.errors import InputError
from ..engine.definitions.definition import Batch, Definition, EnsembleMode

if TYPE_CHECKING:
    from polars import DataFrame


class MyInput(NamedTuple):
    x: Float32[Tensor, "batch features"]


class MyTarget(NamedTuple):
    y: Float32[Tensor, "batch outputs"]


class MyOutput(NamedTuple):
    y: Float[Tensor, "batch outputs"]


class MyPrediction(NamedTuple):
    y: Float[Tensor, "batch outputs"]


@dataclass(frozen=True)
class MyProblem(Definition):
    """`features`: numbers in. `outputs`: numbers out."""

    features: int
    outputs: int

    Input = MyInput
    Target = MyTarget
    Output = MyOutput
    Prediction = MyPrediction
    file_extensions = frozenset({".txt"})

    def sizes(self) -> dict[str, int]:
        return {"features": self.features, "outputs": self.outputs}

    def metrics(self) -> MetricCollection:
        return MetricCollection({"mae": MeanAbsoluteError()})

    def metric_inputs(self, prediction: MyOutput, target: MyTarget) -> tuple[Tensor, Tensor]:
        return prediction.y, target.y

    def describe(self, batch: Batch) -> str:
        y = batch.target.y
        return f"y from {float(y.min()):.3g} to {float(y.max()):.3g}, mean {float(y.mean()):.3g}"

    def format_samples(self, batch: Batch, prediction: MyPrediction) -> list[str]:
        rows = zip(batch.id.tolist(), batch.target.y.tolist(), prediction.y.tolist(), strict=True)
        return [f"sample {place}: is {right}, answered {said}" for place, right, said in rows]

    def draw(self, batch: Batch, prediction: MyPrediction | None = None) -> Figure:
        """The first output over the first feature."""
        figure = Figure(figsize=(8, 5), layout="constrained")
        axis = figure.subplots()
        x = batch.input.x[:, 0].cpu().numpy()
        axis.scatter(x, batch.target.y[:, 0].cpu().numpy(), label="target", color="black", s=16)
        if prediction is not None:
            axis.scatter(x, prediction.y[:, 0].float().cpu().numpy(), label="answer", color="crimson", marker="x")
        axis.set(xlabel="x", ylabel="y")
        axis.legend()
        return figure

    def load_input(self, value: Any) -> MyInput:
        """The numbers of one sample, or a text file that holds them: its path, or opened to read bytes."""
        name, numbers = value, value
        try:
            if isinstance(value, (str, Path)):
                numbers = Path(value).read_bytes().split()
            elif hasattr(value, "read"):
                name, numbers = getattr(value, "name", "the file"), value.read().split()
            x = torch.tensor([float(number) for number in numbers])
        except (OSError, TypeError, ValueError) as error:
            raise InputError(f"{name} does not give numbers ({error}): expected {self.features}.") from error
        if len(x) != self.features:
            raise InputError(f"{name} gives {len(x)} numbers, expected {self.features}.")
        return MyInput(x)

    def to_columns(
        self, prediction: MyPrediction, target: MyTarget | None = None, top: int | None = None
    ) -> dict[str, Any]:
        found = {f"prediction_{place}": y.cpu().numpy() for place, y in enumerate(prediction.y.float().unbind(1))}
        if target is not None:
            found |= {f"target_{place}": y.cpu().numpy() for place, y in enumerate(target.y.unbind(1))}
            found["absolute_error"] = (prediction.y - target.y).abs().mean(1).cpu().numpy()
        return found

    def summarize(self, table: "DataFrame") -> dict[str, Any]:
        return {"mae": table["absolute_error"].mean()}

    def charts(self, table: "DataFrame") -> dict[str, Figure]:
        figure = Figure(figsize=(6, 6), layout="constrained")
        axis = figure.subplots()
        for place in range(self.outputs):
            right, said = (table[f"{kind}_{place}"].to_numpy() for kind in ("target", "prediction"))
            axis.scatter(right, said, s=12, label=f"output {place}")
        axis.axline((0, 0), slope=1, color="black", linewidth=1)
        axis.set(xlabel="target", ylabel="prediction")
        axis.legend()
        return {"predicted": figure}

    def ensemble(self, predictions: Sequence[MyPrediction], how: EnsembleMode) -> MyPrediction:
        if how != "mean":
            raise InputError(f"Numbers have no {how}: use ensemble=mean.")
        return MyPrediction(torch.stack([prediction.y for prediction in predictions]).mean(0))
