"""Made data: circles, squares and triangles on textures."""

from collections.abc import Sequence
from functools import cached_property
from typing import Annotated, NamedTuple

import numpy as np
import torch
from annotated_types import Ge
from numpy.typing import NDArray
from torch import Tensor

from ..definitions.segmentation import Segmentation
from ..engine.datasets.dataset import Dataset, SplitName

CLASSES = ("background", "circle", "square", "triangle")
SEEDS: dict[SplitName, int] = {"train": 1, "test": 2}


class Drawn(NamedTuple):
    """Image (3, H, W) and mask (H, W), uint8."""

    image: Tensor
    mask: Tensor


class Shapes(Dataset[tuple[SplitName, int]]):
    """`count` training images of `size` x `size` pixels, and a quarter as many test images, each with one to three
    shapes whose colours and textures do not depend on their class. Tokens are split and number.
    """

    def __init__(self, count: Annotated[int, Ge(8)] = 800, size: Annotated[int, Ge(32)] = 64) -> None:
        super().__init__()
        self.size = size
        self.counts: dict[SplitName, int] = {"train": count, "val": 0, "test": count // 4}

    def definition(self) -> Segmentation:
        return Segmentation(CLASSES, channels=3, height=self.size, width=self.size)

    def tokens(self, split: SplitName) -> Sequence[tuple[SplitName, int]]:
        return [(split, number) for number in range(self.counts[split])]

    @cached_property
    def drawn(self) -> dict[SplitName, list[Drawn]]:
        """All images and masks."""
        return {
            split: [draw(np.random.default_rng((seed, number)), self.size) for number in range(self.counts[split])]
            for split, seed in SEEDS.items()
        }

    def get_image(self, token: tuple[SplitName, int]) -> Tensor:
        split, number = token
        return self.drawn[split][number].image

    def get_mask(self, token: tuple[SplitName, int]) -> Tensor:
        split, number = token
        return self.drawn[split][number].mask


def draw(draws: np.random.Generator, size: int) -> Drawn:
    """Draw one image of `size` x `size` pixels, and its mask."""
    image, mask = texture(draws, size), np.zeros((size, size), np.uint8)
    for _ in range(draws.integers(1, 4)):
        label = int(draws.integers(1, len(CLASSES)))
        inside = shape(draws, size, label)
        image[inside], mask[inside] = texture(draws, size)[inside], label
    noisy = image + draws.normal(0, 8, image.shape)
    pixels = torch.from_numpy(noisy.clip(0, 255).astype(np.uint8)).permute(2, 0, 1)
    return Drawn(pixels, torch.from_numpy(mask))


def texture(draws: np.random.Generator, size: int) -> NDArray[np.float64]:
    """Waves in two random colours, (size, size, 3)."""
    y, x = np.mgrid[:size, :size] / size
    colours, waves = draws.uniform(20, 235, (2, 3)), draws.uniform(-25, 25, 2)
    share = 0.5 + 0.5 * np.sin(waves[0] * x + waves[1] * y + draws.uniform(0, 2 * np.pi))
    blended: NDArray[np.float64] = colours[0] + (colours[1] - colours[0]) * 0.5 * share[:, :, None]
    return blended


def shape(draws: np.random.Generator, size: int, label: int) -> NDArray[np.bool_]:
    """Pixels inside of a turned shape of the class `label`."""
    y, x = np.mgrid[:size, :size]
    radius, angle = draws.uniform(0.12, 0.24) * size, draws.uniform(0, 2 * np.pi)
    centre = draws.uniform(radius, size - radius, 2)
    dx, dy = (x - centre[0]) / radius, (y - centre[1]) / radius
    if CLASSES[label] == "circle":
        return np.asarray(dx**2 + dy**2 < 1)
    u, v = np.cos(angle) * dx + np.sin(angle) * dy, np.cos(angle) * dy - np.sin(angle) * dx
    if CLASSES[label] == "square":
        return np.asarray(np.maximum(abs(u), abs(v)) < 0.85)
    return np.asarray((v > -0.6) & (v + np.sqrt(3) * abs(u) < 1.2))
