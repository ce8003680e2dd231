"""Replace me: points on a sine."""

import math
from collections.abc import Sequence
from typing import Annotated

import torch
from annotated_types import Ge
from torch import Tensor

from ..definitions.my_problem import MyProblem
from ..engine.datasets.dataset import Dataset, SplitName


class MyDataset(Dataset):
    """`count` training points and a quarter as many test points. Tokens are x, in radians from -pi to pi."""

    def __init__(self, count: Annotated[int, Ge(8)] = 512) -> None:
        super().__init__()
        self.counts: dict[SplitName, int] = {"train": count, "val": 0, "test": count // 4}

    def definition(self) -> MyProblem:
        return MyProblem(features=1, outputs=1)

    def tokens(self, split: SplitName) -> Sequence[float]:
        # Test points lie half-way between training points.
        offset = 0.125 if split == "test" else 0.0
        count = self.counts[split]
        return [math.pi * (2 * (index + offset) / count - 1) for index in range(count)]

    def get_x(self, token: float) -> Tensor:
        return torch.tensor([token])

    def get_y(self, token: float) -> Tensor:
        return torch.tensor([math.sin(token)])
