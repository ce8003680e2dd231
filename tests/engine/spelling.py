"""A problem whose samples differ in length."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Float32, Int64
from torch import Tensor
from torchmetrics import MetricCollection

from my_project.engine.datasets.dataset import Dataset, SplitName
from my_project.engine.definitions.definition import Definition


class Words(NamedTuple):
    letters: Int64[Tensor, "batch length"]
    strokes: Float32[Tensor, "batch time 2"]
    length: Int64[Tensor, "batch"]


class Numbers(NamedTuple):
    total: Float[Tensor, "batch"]


@dataclass(frozen=True)
class Spelling(Definition):
    Input = Words
    Target = Numbers
    Output = Numbers
    Prediction = Numbers

    def sizes(self) -> dict[str, int]:
        return {}

    def metrics(self) -> MetricCollection:
        return MetricCollection({})

    def metric_inputs(self, output: Any, target: Any) -> tuple[Tensor, Tensor]:
        return output.total, target.total


class Spelled(Dataset):
    """Tokens are numbers; the letters of number n are 1 to its length, its strokes are half as many."""

    reads = 0

    def definition(self) -> Spelling:
        return Spelling()

    def tokens(self, split: SplitName) -> Sequence[int]:
        return {"train": range(60), "val": range(60, 80), "test": range(80, 100)}[split]

    def length(self, token: int) -> int:
        return 1 + (token * 37) % 50

    def get_letters(self, token: int) -> Tensor:
        Spelled.reads += 1
        return torch.arange(1, self.length(token) + 1)

    def get_strokes(self, token: int) -> Tensor:
        return torch.full((self.length(token) // 2, 2), float(token))

    def get_length(self, token: int) -> int:
        return self.length(token)

    def get_total(self, token: int) -> float:
        return float(token)
