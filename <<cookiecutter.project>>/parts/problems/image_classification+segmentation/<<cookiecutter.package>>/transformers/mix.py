"""Augmentation: Mixup and CutMix, trained with the losses of both images."""

from typing import Annotated

import torch
from annotated_types import Gt
from torch import Tensor

from ..engine.core.compat import standard_gamma
from ..engine.definitions.definition import Batch, Mix


def draw_shares(count: int, alpha: float, generator: torch.Generator) -> Tensor:
    """Draw from Beta(alpha, alpha) for each of `count` samples."""
    concentration = torch.full((2, count), alpha, device=generator.device)
    draws = standard_gamma(concentration, generator).clamp(min=1e-12)  # torch's Beta takes no generator
    return draws[0] / draws.sum(0)


class Mixup:
    """Mix each image with another of the batch: share * image + (1 - share) * other, share from Beta(alpha, alpha).

    Source: Zhang et al., mixup: beyond empirical risk minimization, 2018.
    """

    field = "image"
    moves_pixels = False

    def __init__(self, alpha: Annotated[float, Gt(0)] = 0.2) -> None:
        self.alpha = alpha

    def __call__(self, batch: Batch, generator: torch.Generator) -> Batch:
        image = batch.input.image
        share = draw_shares(len(image), self.alpha, generator)
        partner = torch.randperm(len(image), generator=generator, device=image.device)
        weight = share.view(-1, 1, 1, 1)
        mixed = (weight * image + (1 - weight) * image[partner]).round().to(torch.uint8)
        return batch._replace(input=batch.input._replace(image=mixed), mix=Mix(partner, share))


class CutMix:
    """Replace a box of each image by that of another image of the batch.

    The remaining share of the image is drawn from Beta(alpha, alpha), and then counted in pixels, since the box may be
    cut at the border.

    Source: Yun et al., CutMix, 2019.
    """

    field = "image"
    moves_pixels = True

    def __init__(self, alpha: Annotated[float, Gt(0)] = 1.0) -> None:
        self.alpha = alpha

    def __call__(self, batch: Batch, generator: torch.Generator) -> Batch:
        image = batch.input.image
        count, _, height, width = image.shape
        side = (1 - draw_shares(count, self.alpha, generator)).sqrt()
        partner = torch.randperm(count, generator=generator, device=image.device)
        centre = torch.rand(2, count, generator=generator, device=image.device)
        rows = _inside(height, centre[0] * height, side * height)
        columns = _inside(width, centre[1] * width, side * width)
        box = (rows.unsqueeze(2) & columns.unsqueeze(1)).unsqueeze(1)
        share = 1 - box.float().mean((1, 2, 3))
        mixed = torch.where(box, image[partner], image)
        return batch._replace(input=batch.input._replace(image=mixed), mix=Mix(partner, share))


def _inside(length: int, centre: Tensor, side: Tensor) -> Tensor:
    centres = torch.arange(length, device=centre.device) + 0.5
    return (centres - centre.unsqueeze(1)).abs() < side.unsqueeze(1) / 2
