"""Definitions with one of a fixed list of classes for each pixel."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, NamedTuple

from annotated_types import Interval
from jaxtyping import Float, Float32, UInt8
from torch import Tensor

from .definition import Definition, InputT, Metrics
from .markers import Fill, Spatial

if TYPE_CHECKING:
    from .masks_presentation import MasksPresentation

IGNORED = 255  # pixels without a class: no loss, and in no metric


class MaskTarget(NamedTuple):
    mask: Annotated[
        UInt8[Tensor, "batch height width"], Interval(ge=0, lt="classes"), Fill(IGNORED), Spatial("nearest")
    ]


class MaskOutput(NamedTuple):
    """Scores before the softmax."""

    logits: Float[Tensor, "batch classes height width"]


class MaskPrediction(NamedTuple):
    mask: Annotated[UInt8[Tensor, "batch height width"], Interval(ge=0, lt="classes")]
    probability: Annotated[Float32[Tensor, "batch classes height width"], Interval(ge=0, le=1)]


@dataclass(frozen=True)
class Masks(Definition[InputT, MaskTarget, MaskOutput, MaskPrediction]):
    """`classes`: names in the order of their values, the background first; up to 255. A subclass adds the input."""

    classes: tuple[str, ...]

    def sizes(self) -> dict[str, int]:
        return {"classes": len(self.classes)}

    def metrics(self) -> Metrics:
        from torchmetrics import MetricCollection
        from torchmetrics.classification import MulticlassAccuracy, MulticlassJaccardIndex

        count = len(self.classes)
        iou = MulticlassJaccardIndex(count, ignore_index=IGNORED, validate_args=False)
        acc = MulticlassAccuracy(count, average="micro", ignore_index=IGNORED, validate_args=False)
        return MetricCollection({"iou": iou, "acc": acc})

    def metric_inputs(self, output: MaskOutput, target: MaskTarget) -> tuple[Tensor, Tensor]:
        return output.logits.argmax(1), target.mask.long()

    def presentation(self) -> "MasksPresentation[InputT]":
        from .masks_presentation import MasksPresentation

        return MasksPresentation(self)

    def incompatibility(self, other: Definition) -> str | None:
        if isinstance(other, Masks) and other.classes == self.classes:
            return super().incompatibility(other)
        actual = ", ".join(getattr(other, "classes", [type(other).__name__])[:10])
        return f"the classes {actual}, expected {', '.join(self.classes[:10])}{', …' * (len(self.classes) > 10)}"
