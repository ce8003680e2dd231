"""Datasets, each with one fault. Written into a baked project as <package>/datasets/fault.py."""

import random
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.utils.data import get_worker_info

from ..engine.datasets.dataset import SplitName
from .digits import Digits


class LabelsFromOne(Digits):
    """The labels count from 1."""

    def get_label(self, token: int) -> int:
        return super().get_label(token) + 1


class FloatImages(Digits):
    """The pixels are floats from 0 to 1."""

    def get_image(self, token: int) -> Tensor:
        return super().get_image(token) / 255


class TestInTrain(Digits):
    """Thirty training samples are in the test split too."""

    def tokens(self, split: SplitName) -> Sequence[int]:
        tokens = list(super().tokens(split))
        return tokens + self.indices["train"][:30] if split == "test" else tokens


class SamplesTwice(Digits):
    """Each training sample occurs twice, so that validation contains copies of training samples."""

    def tokens(self, split: SplitName) -> Sequence[int]:
        return list(super().tokens(split)) * (2 if split == "train" else 1)


class NoisyReading(Digits):
    """Reading a sample again gives other pixels."""

    def get_image(self, token: int) -> Tensor:
        return super().get_image(token) ^ torch.randint(2, (1, 8, 8), dtype=torch.uint8)


class LabelsByChance(Digits):
    """The label is random at each read."""

    def get_label(self, token: int) -> int:
        return random.randrange(10)


class OrderByChance(Digits):
    """The order of the tokens is random at each call."""

    def tokens(self, split: SplitName) -> Sequence[int]:
        return random.sample(list(super().tokens(split)), len(super().tokens(split)))


class ClassMissing(Digits):
    """The test split has no nine."""

    def tokens(self, split: SplitName) -> Sequence[int]:
        return [token for token in super().tokens(split) if split != "test" or self.get_label(token) != 9]


class WorkersDiffer(Digits):
    """A worker changes a pixel."""

    def get_image(self, token: int) -> Tensor:
        worker = get_worker_info()
        image = super().get_image(token).clone()
        image[0, 0, 0] = 0 if worker is None else worker.id + 1
        return image


class NegativeWeights(Digits):
    """A weight is below 0."""

    def get_weight(self, token: int) -> float:
        return -1.0
