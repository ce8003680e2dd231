"""Cached: convert an image of any size and colour to the definition's size and channels."""

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from ..definitions.image_classification import ImageClassification
from ..engine.core.errors import InputError
from ..engine.definitions.definition import Sample
from ..engine.definitions.image_file import cover_size, to_gray


class FitImage:
    """Convert gray to RGB or back, scale the image to cover the definition's size, and crop it at the centre."""

    def __init__(self, definition: ImageClassification) -> None:
        self.channels, self.size = definition.channels, (definition.height, definition.width)

    def __call__(self, sample: Sample) -> Sample:
        image = sample.input.image
        if not isinstance(image, Tensor) or image.dtype != torch.uint8 or image.ndim != 3 or len(image) not in (1, 3):
            actual = f"{list(image.shape)} {image.dtype}" if isinstance(image, Tensor) else type(image).__name__
            raise InputError(
                f"get_image gives {actual} for sample {sample.id}, expected a torch.uint8 tensor of [1 or 3 channels, "
                "height, width] from 0 to 255."
            )
        image = self.fit(image)
        return sample._replace(input=sample.input._replace(image=image))

    def fit(self, image: Tensor) -> Tensor:
        """Fit one image, (channels, H, W) uint8, to the size and channels of the definition."""
        if image.shape[0] != self.channels:
            image = to_gray(image) if self.channels == 1 else image.expand(self.channels, -1, -1)
        height, width = image.shape[1:]
        if (height, width) == self.size:
            return image
        cover = cover_size(height, width, self.size)
        if (height, width) != cover:
            image = interpolate(image[None], list(cover), mode="bilinear", antialias=True)[0]
        top, left = ((large - small) // 2 for large, small in zip(cover, self.size, strict=True))
        return image[:, top : top + self.size[0], left : left + self.size[1]]
