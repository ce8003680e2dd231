"""CIFAR-10 and CIFAR-100: 50,000 + 10,000 photos of 32 x 32 pixels. Source: https://www.cs.toronto.edu/~kriz/cifar.html"""

import torch
from torch import Tensor

from ..definitions.image_classification import ImageClassification
from .downloaded import Downloaded, Token


class CIFAR10(Downloaded):
    """10 classes, named in the file `batches.meta`."""

    source = "CIFAR10"
    folder = "cifar-10-batches-py"
    files = (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch", "batches.meta")

    def definition(self) -> ImageClassification:
        return ImageClassification(tuple(self.read("train").classes), channels=3, height=32, width=32)

    def get_image(self, token: Token) -> Tensor:
        split, index = token
        return torch.from_numpy(self.read(split).data[index]).permute(2, 0, 1)


class CIFAR100(CIFAR10):
    """100 classes, named in the file `meta`."""

    source = "CIFAR100"
    folder = "cifar-100-python"
    files = ("train", "test", "meta")
