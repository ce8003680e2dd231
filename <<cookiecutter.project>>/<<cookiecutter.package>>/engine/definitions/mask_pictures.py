"""Masks drawn over images."""

from collections.abc import Sequence

import torch
from torch import Tensor

GAP = 2  # pixels between two panels
# By class: the background is transparent; then colours that differ also in grey.
COLOURS = [
    (0, 0, 0), (230, 60, 60), (70, 150, 255), (255, 210, 60), (90, 200, 120), (200, 90, 220), (255, 140, 40),
    (60, 210, 210), (150, 110, 80), (255, 150, 200),
]  # fmt: skip
PALETTE = torch.tensor([COLOURS[0], *(COLOURS[1 + label % (len(COLOURS) - 1)] for label in range(255))])
OPACITY = 0.65


def overlaid(pixels: Tensor, mask: Tensor) -> Tensor:
    """Image (H, W, 1 or 3) uint8 in gray, with the classes of a mask (H, W) in colour, except 0 and ignored pixels."""
    image = pixels.float().mean(2, keepdim=True).expand(-1, -1, 3)
    coloured = (mask > 0) & (mask < 255)
    mixed = (1 - OPACITY) * image + OPACITY * PALETTE[mask.long()].float()
    return torch.where(coloured[:, :, None], mixed, image).to(torch.uint8)


def side_by_side(panels: Sequence[Tensor]) -> Tensor:
    """Images (H, W, 1 or 3) next to each other in one, with white between."""
    height = panels[0].shape[0]
    gap = torch.full((height, GAP, 3), 255, dtype=torch.uint8)
    parts = [part for panel in panels for part in (gap, panel.expand(-1, -1, 3))]
    return torch.cat(parts[1:], dim=1)
