"""Augmentation: horizontal flip."""

from typing import Annotated

import torch
from annotated_types import Interval
from torch import Tensor

from ..engine.transformers.geometric_augmentation import GeometricAugmentation, Plane, Size, per_sample


class Flip(GeometricAugmentation):
    """Flip each image horizontally with probability `p`."""

    def __init__(self, p: Annotated[float, Interval(ge=0, le=1)] = 0.5) -> None:
        self.p = p

    def draw(self, size: Size, generator: torch.Generator) -> Tensor:
        return torch.rand(size.samples, generator=generator, device=generator.device)

    def move(self, pixels: Tensor, draws: Tensor, plane: Plane) -> Tensor:
        return torch.where((draws < self.p).view(-1, 1, 1, 1), pixels.flip(-1), pixels)

    def move_points(self, points: Tensor, draws: Tensor, size: Size) -> Tensor:
        x, y = points.unbind(-1)
        return torch.stack([torch.where(per_sample(draws < self.p, points), size.width - 1 - x, x), y], -1)
