"""scikit-learn's handwritten digits: 1,797 real scans of 8 x 8 pixels, part of its package."""

from collections.abc import Sequence
from importlib.metadata import distribution

import numpy as np
import torch
from torch import Tensor

from ..definitions.image_classification import ImageClassification
from ..engine.core.random_split import random_split
from ..engine.datasets.dataset import Dataset, SplitName

FILE = "sklearn/datasets/data/digits.csv.gz"  # read without importing scikit-learn, which takes a second
TEST_FRACTION, TEST_SEED = 0.2, 0  # the source has no test split; this one is the same in every run


class Digits(Dataset):
    """Tokens are indices. Source: https://archive.ics.uci.edu/dataset/80 (its test part)."""

    def __init__(self) -> None:
        super().__init__()
        path = distribution("scikit-learn").locate_file(FILE)
        table = torch.from_numpy(np.loadtxt(str(path), delimiter=","))  # 64 pixels and the label
        # Ink in 0 … 16, rescaled to the range of image files, 0 … 255.
        self.images = table[:, :-1].mul(255 / 16).round().to(torch.uint8).view(-1, 1, 8, 8)
        self.labels = table[:, -1].long()
        train, test = random_split(len(self.labels), TEST_FRACTION, TEST_SEED, self.labels.tolist())
        self.indices: dict[SplitName, list[int]] = {"train": train, "val": [], "test": test}

    def definition(self) -> ImageClassification:
        return ImageClassification(tuple("0123456789"), channels=1, height=8, width=8)

    def tokens(self, split: SplitName) -> Sequence[int]:
        return self.indices[split]

    def get_image(self, token: int) -> Tensor:
        return self.images[token]

    def get_label(self, token: int) -> int:
        return int(self.labels[token])
