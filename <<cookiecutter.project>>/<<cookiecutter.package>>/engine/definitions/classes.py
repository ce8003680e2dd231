"""Definitions with one of a fixed list of classes for each sample."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, NamedTuple

from annotated_types import Interval
from jaxtyping import Float, Int64
from torch import Tensor

from .definition import Definition, InputT, Metrics

if TYPE_CHECKING:
    from .classes_presentation import ClassesPresentation


class ClassTarget(NamedTuple):
    label: Annotated[Int64[Tensor, "batch"], Interval(ge=0, lt="classes")]


class ClassOutput(NamedTuple):
    """Scores before the softmax."""

    logits: Float[Tensor, "batch classes"]


class ClassPrediction(NamedTuple):
    label: Annotated[Int64[Tensor, "batch"], Interval(ge=0, lt="classes")]
    probability: Annotated[Float[Tensor, "batch classes"], Interval(ge=0, le=1)]


@dataclass(frozen=True)
class Classes(Definition[InputT, ClassTarget, ClassOutput, ClassPrediction]):
    """`classes`: names in the order of the labels. A subclass adds the input: `class Sounds(Classes[SoundInput])`."""

    classes: tuple[str, ...]

    stratify = "label"

    def sizes(self) -> dict[str, int]:
        return {"classes": len(self.classes)}

    def class_names(self) -> Sequence[str]:
        return self.classes

    def metrics(self) -> Metrics:
        from torchmetrics import MetricCollection
        from torchmetrics.classification import MulticlassAccuracy

        count = len(self.classes)
        return MetricCollection({"acc": MulticlassAccuracy(count, average="micro", validate_args=False)})

    def metric_inputs(self, output: ClassOutput, target: ClassTarget) -> tuple[Tensor, Tensor]:
        return output.logits, target.label

    def presentation(self) -> "ClassesPresentation[InputT]":
        from .classes_presentation import ClassesPresentation

        return ClassesPresentation(self)

    def incompatibility(self, other: Definition) -> str | None:
        if isinstance(other, Classes) and other.classes == self.classes:
            return super().incompatibility(other)
        actual = ", ".join(other.class_names()[:10]) or type(other).__name__
        return f"the classes {actual}, expected {', '.join(self.classes[:10])}{', …' * (len(self.classes) > 10)}"
