"""Cached: scale an image and its mask to the definition's size and channels."""

from torch import Tensor
from torch.nn.functional import interpolate

from ..definitions.segmentation import Segmentation
from ..engine.definitions.definition import Sample
from ..engine.definitions.image_file import to_gray
from ..engine.definitions.images import ImageInput
from ..engine.definitions.masks import MaskTarget


class FitPair:
    """Convert gray to RGB or back, and scale image (linearly) and mask (nearest pixel) to the definition's size."""

    def __init__(self, definition: Segmentation) -> None:
        self.channels, self.size = definition.channels, [definition.height, definition.width]

    def __call__(self, sample: Sample) -> Sample:
        image = sample.input.image
        if len(image) != self.channels:
            image = to_gray(image) if self.channels == 1 else image.expand(self.channels, -1, -1)
        sample = sample._replace(input=ImageInput(self._scaled(image, "bilinear")))
        if sample.target is None:
            return sample
        return sample._replace(target=MaskTarget(self._scaled(sample.target.mask[None], "nearest-exact")[0]))

    def _scaled(self, pixels: Tensor, mode: str) -> Tensor:
        if list(pixels.shape[1:]) == self.size:
            return pixels
        scaled: Tensor = interpolate(pixels[None], self.size, mode=mode, antialias=mode == "bilinear")[0]
        return scaled
