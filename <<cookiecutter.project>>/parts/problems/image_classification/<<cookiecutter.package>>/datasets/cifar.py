"""CIFAR-10 and CIFAR-100: 50,000 + 10,000 photos of 32 x 32 pixels. Source: https://www.cs.toronto.edu/~kriz/cifar.html"""

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor

from ..definitions.image_classification import ImageClassification
from ..engine.core.errors import InputError
from ..engine.datasets.dataset import SplitName
from .torchvision_dataset import Downloaded, Token


class CIFAR10(Downloaded):
    """10 classes."""

    source = "CIFAR10"
    folder = "cifar-10-batches-py"
    files = (*(f"data_batch_{number}" for number in range(1, 6)), "test_batch", "batches.meta")
    classes: ClassVar[tuple[str, ...]] = tuple("airplane automobile bird cat deer dog frog horse ship truck".split())

    def definition(self) -> ImageClassification:
        return ImageClassification(self.classes, channels=3, height=32, width=32)

    def tokens(self, split: SplitName) -> Sequence[Token]:
        classes = self.classes if split == "val" else tuple(self.read(split).classes)
        if classes != self.classes:
            raise InputError(
                f"The files of {self.source} name the classes {', '.join(classes)}: use the original files."
            )
        return super().tokens(split)

    def get_image(self, token: Token) -> Tensor:
        split, index = token
        return torch.from_numpy(self.read(split).data[index]).permute(2, 0, 1)


class CIFAR100(CIFAR10):
    """100 classes, the fine labels."""

    source = "CIFAR100"
    folder = "cifar-100-python"
    files = ("train", "test", "meta")
    classes = tuple(
        """
        apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly camel can
        castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur dolphin
        elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower leopard lion lizard
        lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid otter palm_tree pear
        pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark
        shrew skunk skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table tank telephone
        television tiger tractor train trout tulip turtle wardrobe whale willow_tree wolf woman worm
        """.split()
    )
