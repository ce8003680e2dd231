"""MNIST and Fashion-MNIST: 60,000 + 10,000 gray images of 28 x 28 pixels, 10 classes."""

from typing import ClassVar

from torch import Tensor
from torchvision import datasets

from ..definitions.image_classification import ImageClassification
from .torchvision_dataset import Downloaded, Token


class MNIST(Downloaded):
    """Handwritten digits. Source: http://yann.lecun.com/exdb/mnist/"""

    source = "MNIST"
    folder = "MNIST/raw"
    files = tuple(
        f"{part}-ubyte" for part in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
    )
    classes: ClassVar[tuple[str, ...]] = tuple("0123456789")

    def definition(self) -> ImageClassification:
        return ImageClassification(self.classes, channels=1, height=28, width=28)

    def get_image(self, token: Token) -> Tensor:
        split, index = token
        image: Tensor = self.read(split).data[index, None]
        return image


class FashionMNIST(MNIST):
    """Clothing. Source: https://github.com/zalandoresearch/fashion-mnist"""

    source = "FashionMNIST"
    folder = "FashionMNIST/raw"
    classes = tuple(datasets.FashionMNIST.classes)
