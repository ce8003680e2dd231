"""MNIST and Fashion-MNIST as torchvision reads and downloads them: 60,000 + 10,000 gray images of 28 x 28 pixels."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import ClassVar

from torch import Tensor
from torchvision import datasets

from ..definitions.image_classification import ImageClassification
from ..errors import InputError
from .dataset import Dataset, SplitName


class MNIST(Dataset):
    """Tokens are (split, index). The files live in `root`/MNIST/raw and are downloaded when they are not there.

    Source: http://yann.lecun.com/exdb/mnist/
    """

    source: ClassVar[type[datasets.MNIST]] = datasets.MNIST
    classes: ClassVar[tuple[str, ...]] = tuple("0123456789")

    def definition(self) -> ImageClassification:
        return ImageClassification(self.classes, channels=1, height=28, width=28)

    def tokens(self, split: SplitName) -> Sequence[tuple[SplitName, int]]:
        count = 0 if split == "val" else len(read(self.source, self.root, split).targets)
        return [(split, index) for index in range(count)]

    def get_image(self, token: tuple[SplitName, int]) -> Tensor:
        split, index = token
        return read(self.source, self.root, split).data[index, None]

    def get_label(self, token: tuple[SplitName, int]) -> int:
        split, index = token
        return int(read(self.source, self.root, split).targets[index])


class FashionMNIST(MNIST):
    """Source: https://github.com/zalandoresearch/fashion-mnist"""

    source = datasets.FashionMNIST
    classes = tuple(datasets.FashionMNIST.classes)


@cache
def read(source: type[datasets.MNIST], root: Path, split: SplitName) -> datasets.MNIST:
    """One split in memory, downloaded first where its files are missing.

    Raises:
        InputError: the download failed; names the files and their folder.
    """
    try:
        return source(root, train=split == "train", download=True)
    except (OSError, RuntimeError) as error:
        folder = (root / source.__name__ / "raw").resolve()
        files = ", ".join(name for name, _ in source.resources)
        raise InputError(
            f"{source.__name__} is not in {folder} and could not be downloaded ({error}): "
            f"put {files} into that folder, or set dataset.root to the folder that holds {source.__name__}/raw."
        ) from error
