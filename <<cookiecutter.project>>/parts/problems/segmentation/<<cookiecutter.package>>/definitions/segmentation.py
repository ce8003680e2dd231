"""Segmentation: one of a fixed list of classes for each pixel of an image."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..engine.definitions.definition import Definition
from ..engine.definitions.images import ImageInput
from ..engine.definitions.masks import Masks

if TYPE_CHECKING:
    from .segmentation_presentation import SegmentationPresentation


@dataclass(frozen=True)
class Segmentation(Masks[ImageInput]):
    """`height`, `width`: pixels of image and mask. `channels`: 1 (gray) or 3 (RGB)."""

    channels: int
    height: int
    width: int

    def sizes(self) -> dict[str, int]:
        return super().sizes() | {"channels": self.channels, "height": self.height, "width": self.width}

    def presentation(self) -> "SegmentationPresentation":
        from .segmentation_presentation import SegmentationPresentation

        return SegmentationPresentation(self)

    def incompatibility(self, other: Definition) -> str | None:
        if isinstance(other, Segmentation):  # images and masks are converted to this size and these channels
            other = replace(other, channels=self.channels, height=self.height, width=self.width)
        return super().incompatibility(other)
