"""Image classification: one of a fixed list of classes for each image."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, NamedTuple

from annotated_types import Interval
from jaxtyping import Float, Int64, UInt8
from torch import Tensor

from ..engine.definitions.definition import Definition, Metrics

if TYPE_CHECKING:
    from .image_classification_presentation import ImageClassificationPresentation


class ImageInput(NamedTuple):
    """Pixels as in image files; pre-processing converts them to float32."""

    image: Annotated[UInt8[Tensor, "batch channels height width"], Interval(ge=0, le=255)]


class ClassTarget(NamedTuple):
    label: Annotated[Int64[Tensor, "batch"], Interval(ge=0, lt="classes")]


class ClassOutput(NamedTuple):
    """Scores before the softmax."""

    logits: Float[Tensor, "batch classes"]


class ClassPrediction(NamedTuple):
    label: Annotated[Int64[Tensor, "batch"], Interval(ge=0, lt="classes")]
    probability: Annotated[Float[Tensor, "batch classes"], Interval(ge=0, le=1)]


@dataclass(frozen=True)
class ImageClassification(Definition[ImageInput, ClassTarget, ClassOutput, ClassPrediction]):
    """`classes`: names in the order of the labels. `height`, `width`: pixels. `channels`: 1 (gray) or 3 (RGB)."""

    classes: tuple[str, ...]
    channels: int
    height: int
    width: int

    stratify = "label"

    def sizes(self) -> dict[str, int]:
        sizes = {"channels": self.channels, "height": self.height, "width": self.width}
        return sizes | {"classes": len(self.classes)}

    def class_names(self) -> Sequence[str]:
        return self.classes

    def metrics(self) -> Metrics:
        from torchmetrics import MetricCollection
        from torchmetrics.classification import MulticlassAccuracy

        count = len(self.classes)
        return MetricCollection({"acc": MulticlassAccuracy(count, average="micro", validate_args=False)})

    def metric_inputs(self, output: ClassOutput, target: ClassTarget) -> tuple[Tensor, Tensor]:
        return output.logits, target.label

    def presentation(self) -> "ImageClassificationPresentation":
        from .image_classification_presentation import ImageClassificationPresentation

        return ImageClassificationPresentation(self)

    def incompatibility(self, other: Definition) -> str | None:
        if isinstance(other, ImageClassification) and other.classes == self.classes:
            return None  # images are converted to this size and these channels
        actual = ", ".join(other.class_names()[:10]) or type(other).__name__
        return f"the classes {actual}, expected {', '.join(self.classes[:10])}{', …' * (len(self.classes) > 10)}"
