"""MNIST and Fashion-MNIST as torchvision reads and downloads them: 60,000 + 10,000 gray images of 28 x 28 pixels."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from torch import Tensor
from torchvision import datasets

from ..definitions.image_classification import ImageClassification
from ..errors import InputError
from .dataset import Dataset, SplitName


class MNIST(Dataset):
    """Tokens are (split, index). The files live in `root`/MNIST/raw and are downloaded when they are not there.

    Source: http://yann.lecun.com/exdb/mnist/
    """

    source: ClassVar[str] = "MNIST"
    classes: ClassVar[tuple[str, ...]] = tuple("0123456789")

    def definition(self) -> ImageClassification:
        return ImageClassification(self.classes, channels=1, height=28, width=28)

    def tokens(self, split: SplitName) -> Sequence[tuple[SplitName, int]]:
        count = 0 if split == "val" else len(read(self.source, self.root, split).targets)
        return [(split, index) for index in range(count)]

    def get_image(self, token: tuple[SplitName, int]) -> Tensor:
        split, index = token
        image: Tensor = read(self.source, self.root, split).data[index, None]
        return image

    def get_label(self, token: tuple[SplitName, int]) -> int:
        split, index = token
        return int(read(self.source, self.root, split).targets[index])


class FashionMNIST(MNIST):
    """Source: https://github.com/zalandoresearch/fashion-mnist"""

    source = "FashionMNIST"
    classes = tuple(datasets.FashionMNIST.classes)


@cache
def read(source: str, root: Path, split: SplitName) -> Any:
    """One split in memory, downloaded first where its files are missing.

    Raises:
        InputError: the download failed; names the files and their folder.
    """
    kind = getattr(datasets, source)
    try:
        return kind(root, train=split == "train", download=True)
    except (OSError, RuntimeError, ValueError) as error:
        files = ", ".join(name.removesuffix(".gz") for name, _ in kind.resources)
        reason = str(error).partition("\n")[0].rstrip(":")
        raise InputError(
            f"{source} is not in {(root / source / 'raw').resolve()} and could not be downloaded ({reason}): "
            f"put {files} (unpacked) into that folder, or set dataset.root to the folder that holds {source}/raw."
        ) from error
