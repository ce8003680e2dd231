"""One image in, one of a fixed list of classes out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import torch
from jaxtyping import Float, Int64, UInt8
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn.functional import one_hot
from torchmetrics import MetricCollection
from torchmetrics.classification import MulticlassAccuracy

from ..ranges import Range
from .class_columns import columns
from .definition import Batch, Definition, Vote
from .image_file import SUFFIXES, as_image

if TYPE_CHECKING:
    from polars import DataFrame


class ImageInput(NamedTuple):
    """Pixels as files hold them; the pipeline's pre-processing makes floats of them."""

    image: Annotated[UInt8[Tensor, "batch channels height width"], Range(0, 255)]


class ClassTarget(NamedTuple):
    label: Annotated[Int64[Tensor, "batch"], Range(0, below="classes")]


class ClassPrediction(NamedTuple):
    """Scores before the softmax."""

    logits: Float[Tensor, "batch classes"]


class ClassAnswer(NamedTuple):
    label: Annotated[Int64[Tensor, "batch"], Range(0, below="classes")]
    probability: Annotated[Float[Tensor, "batch classes"], Range(0, 1)]


@dataclass(frozen=True)
class ImageClassification(Definition):
    """`classes`: names in the order of the labels. `height`, `width`: pixels. `channels`: 1 (gray) or 3 (RGB)."""

    classes: tuple[str, ...]
    channels: int
    height: int
    width: int

    Input = ImageInput
    Target = ClassTarget
    Prediction = ClassPrediction
    Answer = ClassAnswer
    suffixes = SUFFIXES
    stratify = "label"

    def sizes(self) -> dict[str, int]:
        sizes = {"channels": self.channels, "height": self.height, "width": self.width}
        return sizes | {"classes": len(self.classes)}

    def groups(self) -> Sequence[str]:
        return self.classes

    def metrics(self) -> MetricCollection:
        count = len(self.classes)
        return MetricCollection({"acc": MulticlassAccuracy(count, average="micro", validate_args=False)})

    def compare(self, prediction: ClassPrediction, target: ClassTarget) -> tuple[Tensor, Tensor]:
        return prediction.logits, target.label

    def label(self, batch: Batch) -> list[str]:
        return [self.classes[label] for label in batch.target.label.tolist()]

    def decisions(self, answer: ClassAnswer, target: ClassTarget) -> dict[str, tuple[Tensor, Tensor]]:
        """For each class: is it this one?"""
        return {name: (answer.probability[:, label], target.label == label) for label, name in enumerate(self.classes)}

    def describe(self, batch: Batch) -> str:
        counts = torch.bincount(batch.target.label, minlength=len(self.classes))
        few, many = int(counts.min()), int(counts.max())
        return f"{len(self.classes)} classes, {few if few == many else f'{few} to {many}'} samples each"

    def read(self, batch: Batch, answer: ClassAnswer) -> list[str]:
        rows = zip(batch.id.tolist(), batch.target.label.tolist(), answer.label.tolist(), strict=True)
        sure = answer.probability.amax(1).tolist()
        return [
            f"sample {place}: is {self.classes[right]}, answered {self.classes[said]} ({share:.0%} sure)"
            for (place, right, said), share in zip(rows, sure, strict=True)
        ]

    def draw(self, batch: Batch, answer: ClassAnswer | None = None) -> Figure:
        """A 3 x 8 grid. A title says the class; with an answer, what was answered and, if it is wrong, what it is."""
        rows, columns, gap, side = 3, 8, 0.08, self.height / self.width  # in widths of an image
        width, height = columns * (1 + gap), rows * (side + 4 * gap)
        figure = Figure(figsize=(12, 12 * height / width))
        axis = figure.add_axes((0, 0, 1, 1))  # one for all: 24 of them take ten times as long to draw
        axis.axis("off")
        for index, image in enumerate(batch.input.image[: rows * columns]):
            left, top = index % columns * (1 + gap), -(index // columns) * (side + 4 * gap)
            pixels = image.cpu().numpy().transpose(1, 2, 0)
            scale = min(1 / pixels.shape[1], side / pixels.shape[0])  # raw images have sizes of their own
            right, bottom = left + scale * pixels.shape[1], top - scale * pixels.shape[0]
            axis.imshow(pixels, cmap="gray", vmin=0, vmax=255, extent=(left, right, bottom, top))
            true = self.classes[int(batch.target.label[index])]
            said = true if answer is None else self.classes[int(answer.label[index])]
            lines = [_short(said)] if said == true else [f"says {_short(said)}", f"is {_short(true)}"]
            colour = "black" if said == true else "crimson"
            place = (left + 0.5, top + gap / 4)
            axis.text(*place, "\n".join(lines), size=10, color=colour, ha="center", va="bottom", linespacing=0.95)
        axis.set(xlim=(-gap / 2, width - gap / 2), ylim=(4 * gap - height, 4 * gap))
        return figure

    def as_input(self, value: Any) -> ImageInput:
        """As `as_image` takes it."""
        return ImageInput(as_image(value, (self.height, self.width)))

    def columns(self, answer: ClassAnswer, target: ClassTarget | None = None, top: int | None = None) -> dict[str, Any]:
        return columns(self.classes, answer.probability, answer.label, None if target is None else target.label, top)

    def judge(self, table: "DataFrame") -> dict[str, Any]:
        from .class_scores import judge  # scikit-learn takes 1 s

        return judge(self.classes, table)

    def charts(self, table: "DataFrame") -> dict[str, Figure]:
        from .class_scores import charts

        return charts(self.classes, table)

    def vote(self, answers: Sequence[ClassAnswer], how: Vote) -> ClassAnswer:
        """`mean` of the probabilities, or the share of votes (`majority`), where the mean decides between equals."""
        mean = torch.stack([answer.probability for answer in answers]).mean(0)
        if how == "mean":
            return ClassAnswer(mean.argmax(1), mean)
        votes = torch.stack([one_hot(answer.label, len(self.classes)) for answer in answers]).float().mean(0)
        return ClassAnswer((votes + mean / (2 * len(answers))).argmax(1), votes)

    def misfit(self, other: Definition) -> str | None:
        if isinstance(other, ImageClassification) and other.classes == self.classes:
            return None  # images are brought to this size and colour
        found = ", ".join(other.groups()[:10]) or type(other).__name__
        return f"the classes {found}, expected {', '.join(self.classes[:10])}{', …' * (len(self.classes) > 10)}"


def _short(name: str, most: int = 16) -> str:
    return name if len(name) <= most else f"{name[: most - 1]}…"
