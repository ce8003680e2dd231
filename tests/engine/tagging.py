"""A problem with a class for each letter of words that differ in length."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

import torch
from annotated_types import Interval
from jaxtyping import Float, Int64
from torch import Tensor, nn
from torch.nn import functional
from torchmetrics import MetricCollection
from torchmetrics.classification import MulticlassAccuracy

from my_project.engine.datasets.dataset import Dataset, SplitName
from my_project.engine.definitions.classes import Classes
from my_project.engine.definitions.definition import Definition
from my_project.engine.losses.loss import Loss, LossOutput

VOWELS = (1, 5, 9, 15, 21)


class WordInput(NamedTuple):
    letters: Annotated[Int64[Tensor, "batch length"], Interval(ge=0, lt=27)]


class TagTarget(NamedTuple):
    tag: Annotated[Int64[Tensor, "batch length"], Interval(ge=0, lt="tags")]


class TagOutput(NamedTuple):
    logits: Float[Tensor, "batch length tags"]


class TagPrediction(NamedTuple):
    tag: Annotated[Int64[Tensor, "batch length"], Interval(ge=0, lt="tags")]


@dataclass(frozen=True)
class Tagging(Definition[WordInput, TagTarget, TagOutput, TagPrediction]):
    """0: padding, 1: a consonant, 2: a vowel."""

    tags: int = 3

    def sizes(self) -> dict[str, int]:
        return {"tags": self.tags}

    def metrics(self) -> MetricCollection:
        return MetricCollection({"acc": MulticlassAccuracy(self.tags, average="micro", validate_args=False)})

    def metric_inputs(self, output: TagOutput, target: TagTarget) -> tuple[Tensor, Tensor]:
        return output.logits.flatten(0, 1), target.tag.flatten()


class Words(Dataset[int]):
    """Random words of 2 to 9 letters."""

    def __init__(self) -> None:
        super().__init__()
        draws = random.Random(0)
        self.words = [[draws.randint(1, 26) for _ in range(draws.randint(2, 9))] for _ in range(120)]

    def definition(self) -> Any:
        return Tagging()

    def tokens(self, split: SplitName) -> Sequence[int]:
        return {"train": range(60), "val": range(60, 80), "test": range(80, 120)}[split]

    def get_letters(self, token: int) -> Tensor:
        return torch.tensor(self.words[token])

    def get_tag(self, token: int) -> Tensor:
        return torch.tensor([1 + (letter in VOWELS) for letter in self.words[token]])


@dataclass(frozen=True)
class FirstLetters(Classes[WordInput]):
    """Whether a word begins with a vowel."""


class Beginnings(Words):
    def definition(self) -> FirstLetters:
        return FirstLetters(("consonant", "vowel"))

    def get_label(self, token: int) -> int:
        return int(self.words[token][0] in VOWELS)


class Tagger(nn.Module):
    def __init__(self, definition: Tagging) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Embedding(27, 8), nn.Linear(8, definition.tags))

    def forward(self, letters: Tensor) -> Any:
        return self.layers(letters)


class LikeliestTag(nn.Module):
    def __init__(self, definition: Tagging) -> None:
        super().__init__()

    def forward(self, output: TagOutput) -> TagPrediction:
        return TagPrediction(output.logits.argmax(2))


class TagLoss(Loss[TagOutput, TagTarget]):
    def forward(self, output: TagOutput, target: TagTarget) -> LossOutput:
        total = functional.cross_entropy(output.logits.mT, target.tag, reduction="none").mean(1)
        return LossOutput(total, {"tags": total})
