"""Base class of augmentations that change the values of pixels."""

from abc import ABC, abstractmethod
from typing import ClassVar

import torch
from torch import Tensor

from ..definitions.definition import Batch, InputT, TargetT


class ImageAugmentation(ABC):
    """Augmentation of the images of a training batch; ids, targets and the other input fields stay as they are.

    A subclass implements `augment`. `field` is the input field that holds the images. One with `moves_pixels = False`
    leaves every pixel in its place, and can be used where the target has pixels too; one that moves them is then a
    `GeometricAugmentation`.
    """

    field: ClassVar[str] = "image"
    moves_pixels: ClassVar[bool] = True

    def __call__(self, batch: Batch[InputT, TargetT], generator: torch.Generator) -> Batch[InputT, TargetT]:
        image = self.augment(getattr(batch.input, self.field), generator)
        return batch._replace(input=batch.input._replace(**{self.field: image}))

    @abstractmethod
    def augment(self, image: Tensor, generator: torch.Generator) -> Tensor:
        """Transform images (B, C, H, W) uint8, each by its own draw from `generator`, on their device."""
