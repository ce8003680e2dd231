"""Augmentation: horizontal flip."""

from typing import Annotated

import torch
from annotated_types import Interval
from torch import Tensor

from ..engine.transformers.image_augmentation import ImageAugmentation


class Flip(ImageAugmentation):
    """Flip each image horizontally with probability `p`."""

    def __init__(self, p: Annotated[float, Interval(ge=0, le=1)] = 0.5) -> None:
        self.p = p

    def augment(self, image: Tensor, generator: torch.Generator) -> Tensor:
        draws = torch.rand(len(image), generator=generator, device=image.device)
        return torch.where((draws < self.p).view(-1, 1, 1, 1), image.flip(-1), image)
