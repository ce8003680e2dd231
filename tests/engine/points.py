"""Problems of numbers, with their networks and losses."""

from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from jaxtyping import Float, Float32
from torch import Tensor, nn
from torchmetrics import MeanAbsoluteError, MetricCollection

from my_project.definitions.image_classification import ImageClassification
from my_project.engine.definitions.definition import Definition
from my_project.engine.definitions.presentation import Presentation
from my_project.engine.losses.loss import Loss, LossOutput
from my_project.engine.models.pipeline import Pipeline
from my_project.transformers.probabilities import Probabilities
from my_project.transformers.standardize import Standardize

TEN = tuple("0123456789")


class PointInput(NamedTuple):
    x: Float32[Tensor, "batch features"]


class PointTarget(NamedTuple):
    y: Float32[Tensor, "batch outputs"]


class PointPrediction(NamedTuple):
    y: Float[Tensor, "batch outputs"]


@dataclass(frozen=True)
class Points(ImageClassification):
    """Another problem: numbers in, numbers out."""

    Input, Target, Output = PointInput, PointTarget, PointPrediction  # type: ignore[assignment]
    Prediction = PointPrediction  # type: ignore[assignment]
    stratify = None  # type: ignore[assignment]

    def sizes(self) -> dict[str, int]:
        return {"features": 3, "outputs": 2}

    def metrics(self) -> MetricCollection:
        return MetricCollection({"mae": MeanAbsoluteError()})

    def metric_inputs(self, output: Any, target: Any) -> tuple[Tensor, Tensor]:
        return output.y, target.y

    def presentation(self) -> Any:
        return Presentation(self)


class LevelTarget(NamedTuple):
    y: Float32[Tensor, "batch"]


class LevelPrediction(NamedTuple):
    y: Float[Tensor, "batch"]


@dataclass(frozen=True)
class Levels(Points):
    """A single number for each sample."""

    Target, Output, Prediction = LevelTarget, LevelPrediction, LevelPrediction  # type: ignore[assignment]


class LevelNet(nn.Module):
    def __init__(self, definition: Definition) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 1)

    def forward(self, x: Tensor) -> Any:
        return self.layer(x).squeeze(1)


class LevelLoss(Loss[Any, Any]):
    def forward(self, output: Any, target: Any) -> LossOutput:
        total = (output.y - target.y).square()
        return LossOutput(total, {"squares": total})


class PointNet(nn.Module):
    def __init__(self, definition: Definition) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 2)

    def forward(self, x: Tensor) -> Any:
        return self.layer(x)


class SquaredError(Loss[Any, Any]):
    def forward(self, output: Any, target: Any) -> LossOutput:
        total = (output.y - target.y).square().mean(1)
        return LossOutput(total, {"squares": total})


def pipeline_of(definition: Definition, network: Any, postprocess: Any = None) -> Pipeline:
    field = definition.Input._fields[0]
    postprocess = postprocess or (nn.Identity if isinstance(definition, Points) else Probabilities)
    return Pipeline(definition, network, partial(Standardize, field=field), postprocess)
