"""Augmentation: random transforms of kornia, drawn for each image."""

from collections.abc import Sequence
from typing import Any

import torch
from kornia.augmentation import AugmentationSequential, IntensityAugmentationBase2D
from torch import Tensor

from ..engine.core.errors import InputError
from ..engine.transformers.image_augmentation import ImageAugmentation


class KorniaImages(ImageAugmentation):
    """Apply kornia `transforms` in order to RGB from 0 to 1; the result is uint8, gray if the input is gray.

    kornia draws from torch's global generators: they are seeded from `generator` for the call, and restored afterwards.
    """

    def __init__(self, transforms: Sequence[Any]) -> None:
        self.transforms = AugmentationSequential(*transforms, data_keys=["input"], random_apply=False)

    def augment(self, image: Tensor, generator: torch.Generator) -> Tensor:
        with torch.random.fork_rng(devices=[image.device] if image.is_cuda else []):
            torch.manual_seed(generator.initial_seed())
            changed: Tensor = self.transforms(image.float().expand(-1, 3, -1, -1) / 255)
        if image.shape[1] == 1:
            changed = changed.mean(1, keepdim=True)
        return (changed.clamp(0, 1) * 255).round().to(torch.uint8)


class KorniaColors(KorniaImages):
    """Likewise for transforms that leave every pixel in its place, also for images with a mask.

    Raises:
        InputError: a transform may move pixels.
    """

    moves_pixels = False

    def __init__(self, transforms: Sequence[Any]) -> None:
        for transform in transforms:
            if not isinstance(transform, IntensityAugmentationBase2D):
                raise InputError(f"{type(transform).__name__} may move pixels, expected a transform of colours alone.")
        super().__init__(transforms)
