"""Augmentation: random rotation, scale and translation."""

import math
from typing import Annotated

import torch
from annotated_types import Ge, Interval
from torch import Tensor
from torch.nn.functional import affine_grid

from ..engine.transformers.geometric_augmentation import GeometricAugmentation, Plane, Size, move_back, resample


class Affine(GeometricAugmentation):
    """Rotate each image around its centre by up to `degrees`, scale it by 1 / (1 + `scale`) to 1 + `scale`, and move it
    by up to `translate` of its height and width. Outside of the image pixels are 0, or in a mask ignored.
    """

    def __init__(
        self,
        degrees: Annotated[float, Interval(ge=0, le=180)] = 15.0,
        scale: Annotated[float, Ge(0)] = 0.1,
        translate: Annotated[float, Interval(ge=0, le=1)] = 0.1,
    ) -> None:
        self.degrees, self.scale, self.translate = degrees, scale, translate

    def draw(self, size: Size, generator: torch.Generator) -> Tensor:
        """Transforms (B, 2, 3) as in `affine_grid`, where the image reaches from -1 to 1."""
        draws = 2 * torch.rand(4, size.samples, generator=generator, device=generator.device) - 1
        angle = math.radians(self.degrees) * draws[0]
        factor = (-math.log1p(self.scale) * draws[1]).exp()
        cos, sin, aspect = factor * angle.cos(), factor * angle.sin(), size.height / size.width
        x, y = 2 * self.translate * draws[2], 2 * self.translate * draws[3]
        return torch.stack([cos, -sin * aspect, x, sin / aspect, cos, y], dim=1).view(-1, 2, 3)

    def move(self, pixels: Tensor, draws: Tensor, plane: Plane) -> Tensor:
        return resample(pixels, affine_grid(draws, list(pixels.shape), align_corners=False), plane)

    def move_points(self, points: Tensor, draws: Tensor, size: Size) -> Tensor:
        return move_back(points, draws, size)
