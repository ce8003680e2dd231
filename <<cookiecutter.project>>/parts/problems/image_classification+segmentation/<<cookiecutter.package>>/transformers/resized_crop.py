"""Augmentation: random crop, scaled to the size of the image."""

from math import log

import torch
from torch import Tensor
from torch.nn.functional import affine_grid

from ..engine.transformers.geometric_augmentation import GeometricAugmentation, Plane, Size, move_back, resample


class ResizedCrop(GeometricAugmentation):
    """Crop a random part of each image, and scale it to the size of the image.

    The part lies inside the image. Its share of the area is drawn from `scale`, the factor of its aspect ratio (width /
    height) from `ratio`, on a logarithmic scale.

    Source: Szegedy et al., Going deeper with convolutions, 2015, section 6.
    """

    def __init__(self, scale: tuple[float, float] = (0.5, 1.0), ratio: tuple[float, float] = (0.75, 1.333)) -> None:
        self.scale, self.ratio = scale, ratio

    def draw(self, size: Size, generator: torch.Generator) -> Tensor:
        """Transforms (B, 2, 3) as in `affine_grid`, where the image reaches from -1 to 1."""
        draws = torch.rand(4, size.samples, generator=generator, device=generator.device)
        area = self.scale[0] + draws[0] * (self.scale[1] - self.scale[0])
        stretch = (log(self.ratio[0]) + draws[1] * log(self.ratio[1] / self.ratio[0])).exp()
        width, height = ((area * stretch).sqrt().clamp(max=1), (area / stretch).sqrt().clamp(max=1))
        # A part of size s has its centre between s - 1 and 1 - s.
        x, y = (2 * draws[2] - 1) * (1 - width), (2 * draws[3] - 1) * (1 - height)
        zero = torch.zeros_like(x)
        return torch.stack([width, zero, x, zero, height, y], dim=1).view(-1, 2, 3)

    def move(self, pixels: Tensor, draws: Tensor, plane: Plane) -> Tensor:
        grid = affine_grid(draws, list(pixels.shape), align_corners=False)
        return resample(pixels, grid, plane, padding="border")

    def move_points(self, points: Tensor, draws: Tensor, size: Size) -> Tensor:
        return move_back(points, draws, size)
