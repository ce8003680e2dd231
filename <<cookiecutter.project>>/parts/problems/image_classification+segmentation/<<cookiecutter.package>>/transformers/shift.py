"""Augmentation: shift by whole pixels."""

from typing import Annotated

import torch
from annotated_types import Ge
from torch import Tensor
from torch.nn.functional import pad

from ..engine.transformers.geometric_augmentation import GeometricAugmentation, Plane, Size, per_sample


class Shift(GeometricAugmentation):
    """Shift each image by up to `pixels` in height and width, filled with zeros, or in a mask with ignored pixels."""

    def __init__(self, pixels: Annotated[int, Ge(0)] = 2) -> None:
        self.pixels = pixels

    def draw(self, size: Size, generator: torch.Generator) -> Tensor:
        return torch.randint(2 * self.pixels + 1, (2, size.samples, 1), generator=generator, device=generator.device)

    def move(self, pixels: Tensor, draws: Tensor, plane: Plane) -> Tensor:
        count, channels, height, width = pixels.shape
        padded = pad(pixels, (self.pixels,) * 4, value=plane.fill)
        rows = (torch.arange(height, device=pixels.device) + draws[0]).view(count, 1, height, 1)
        columns = (torch.arange(width, device=pixels.device) + draws[1]).view(count, 1, 1, width)
        samples = torch.arange(count, device=pixels.device).view(-1, 1, 1, 1)
        planes = torch.arange(channels, device=pixels.device).view(1, -1, 1, 1)
        return padded[samples, planes, rows, columns]

    def move_points(self, points: Tensor, draws: Tensor, size: Size) -> Tensor:
        x, y = points.unbind(-1)
        down, right = (self.pixels - per_sample(draw, points) for draw in draws[:, :, 0])
        return torch.stack([x + right, y + down], -1)
