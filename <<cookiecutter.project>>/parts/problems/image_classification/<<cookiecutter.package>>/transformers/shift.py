"""Augmentation: shift by whole pixels."""

from typing import Annotated

import torch
from annotated_types import Ge
from torch import Tensor
from torch.nn.functional import pad

from ..engine.transformers.image_augmentation import ImageAugmentation


class Shift(ImageAugmentation):
    """Shift each image by up to `pixels` in height and width, filled with zeros."""

    def __init__(self, pixels: Annotated[int, Ge(0)] = 2) -> None:
        self.pixels = pixels

    def augment(self, image: Tensor, generator: torch.Generator) -> Tensor:
        count, channels, height, width = image.shape
        padded = pad(image, (self.pixels,) * 4)
        draws = torch.randint(2 * self.pixels + 1, (2, count, 1), generator=generator, device=image.device)
        rows = (torch.arange(height, device=image.device) + draws[0]).view(count, 1, height, 1)
        columns = (torch.arange(width, device=image.device) + draws[1]).view(count, 1, 1, width)
        samples = torch.arange(count, device=image.device).view(-1, 1, 1, 1)
        planes = torch.arange(channels, device=image.device).view(1, -1, 1, 1)
        return padded[samples, planes, rows, columns]
