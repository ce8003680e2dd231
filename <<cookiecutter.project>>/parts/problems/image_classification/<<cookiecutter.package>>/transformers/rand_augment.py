"""Augmentation: RandAugment, with operations drawn for each image."""

from collections.abc import Callable
from typing import Annotated

import torch
from annotated_types import Ge, Interval
from torch import Tensor
from torchvision.transforms.v2 import functional

from ..engine.transformers.image_augmentation import ImageAugmentation

Operation = Callable[[Tensor, float, int], Tensor]


def _affine(
    image: Tensor, angle: float = 0.0, x: float = 0.0, y: float = 0.0, shear: tuple[float, ...] = (0, 0)
) -> Tensor:
    transformed: Tensor = functional.affine(image, angle, [round(x), round(y)], 1.0, list(shear))
    return transformed


# Each takes images (N, C, H, W) uint8, the strength from 0 to 1, and a sign (-1 or 1).
OPERATIONS: dict[str, Operation] = {
    "identity": lambda image, strength, sign: image,
    "shear_x": lambda image, strength, sign: _affine(image, shear=(sign * strength * 16.7, 0)),
    "shear_y": lambda image, strength, sign: _affine(image, shear=(0, sign * strength * 16.7)),
    "translate_x": lambda image, strength, sign: _affine(image, x=sign * strength * image.shape[-1] * 0.45),
    "translate_y": lambda image, strength, sign: _affine(image, y=sign * strength * image.shape[-2] * 0.45),
    "rotate": lambda image, strength, sign: _affine(image, angle=sign * strength * 30),
    "brightness": lambda image, strength, sign: functional.adjust_brightness(image, 1 + sign * strength * 0.9),
    "color": lambda image, strength, sign: functional.adjust_saturation(image, 1 + sign * strength * 0.9),
    "contrast": lambda image, strength, sign: functional.adjust_contrast(image, 1 + sign * strength * 0.9),
    "sharpness": lambda image, strength, sign: functional.adjust_sharpness(image, 1 + sign * strength * 0.9),
    "posterize": lambda image, strength, sign: functional.posterize(image, 8 - round(strength * 4)),
    "solarize": lambda image, strength, sign: functional.solarize(image, round(255 * (1 - strength))),
    "autocontrast": lambda image, strength, sign: functional.autocontrast(image),
    "equalize": lambda image, strength, sign: functional.equalize(image),
}


class RandAugment(ImageAugmentation):
    """Apply `operations` random operations to each image, each with a random sign and `magnitude` / 30 of the maximum.

    Source: Cubuk et al., RandAugment, 2020; ranges as in torchvision. torchvision draws once for a whole batch; here
    each image has its own draw, and images with the same draw are processed together.
    """

    def __init__(
        self, operations: Annotated[int, Ge(1)] = 2, magnitude: Annotated[float, Interval(ge=0, le=30)] = 9
    ) -> None:
        self.operations, self.strength = operations, magnitude / 30

    def augment(self, image: Tensor, generator: torch.Generator) -> Tensor:
        for _ in range(self.operations):
            drawn = torch.randint(2 * len(OPERATIONS), (len(image),), generator=generator, device=image.device)
            changed = image.clone()
            for choice in drawn.unique().tolist():
                operation = list(OPERATIONS.values())[choice // 2]
                changed[drawn == choice] = operation(image[drawn == choice], self.strength, choice % 2 * 2 - 1)
            image = changed
        return image
