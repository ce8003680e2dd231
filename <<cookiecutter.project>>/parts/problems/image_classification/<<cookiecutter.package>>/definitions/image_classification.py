"""Image classification: one of a fixed list of classes for each image."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..engine.definitions.classes import Classes
from ..engine.definitions.definition import Definition
from ..engine.definitions.images import ImageInput

if TYPE_CHECKING:
    from .image_classification_presentation import ImageClassificationPresentation


@dataclass(frozen=True)
class ImageClassification(Classes[ImageInput]):
    """`classes`: names in the order of the labels. `height`, `width`: pixels. `channels`: 1 (gray) or 3 (RGB)."""

    channels: int
    height: int
    width: int

    def sizes(self) -> dict[str, int]:
        return super().sizes() | {"channels": self.channels, "height": self.height, "width": self.width}

    def presentation(self) -> "ImageClassificationPresentation":
        from .image_classification_presentation import ImageClassificationPresentation

        return ImageClassificationPresentation(self)

    def incompatibility(self, other: Definition) -> str | None:
        if isinstance(other, ImageClassification):  # images are converted to this size and these channels
            other = replace(other, channels=self.channels, height=self.height, width=self.width)
        return super().incompatibility(other)
