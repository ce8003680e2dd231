"""scikit-learn's handwritten digits: 1,797 real scans of 8 x 8 pixels, part of its package."""

from collections.abc import Sequence

import torch
from sklearn.datasets import load_digits
from torch import Tensor

from ..definitions.image_classification import ImageClassification
from ..engine.core.random_split import random_split
from ..engine.datasets.dataset import Dataset, SplitName

TEST_FRACTION, TEST_SEED = 0.2, 0  # the source names no test split; this one is the same for every run


class Digits(Dataset):
    """Tokens are indices. Source: https://archive.ics.uci.edu/dataset/80 (its test part)."""

    def __init__(self, root: str = "data") -> None:
        super().__init__(root)
        scans, labels = load_digits(return_X_y=True)
        # The scans count ink from 0 to 16; files of images count from 0 to 255.
        self.images = torch.from_numpy(scans).mul(255 / 16).round().to(torch.uint8).view(-1, 1, 8, 8)
        self.labels = torch.from_numpy(labels).long()
        train, test = random_split(len(self.labels), TEST_FRACTION, TEST_SEED, self.labels.tolist())
        self.places: dict[SplitName, list[int]] = {"train": train, "val": [], "test": test}

    def definition(self) -> ImageClassification:
        return ImageClassification(tuple("0123456789"), channels=1, height=8, width=8)

    def tokens(self, split: SplitName) -> Sequence[int]:
        return self.places[split]

    def get_image(self, token: int) -> Tensor:
        return self.images[token]

    def get_label(self, token: int) -> int:
        return int(self.labels[token])
