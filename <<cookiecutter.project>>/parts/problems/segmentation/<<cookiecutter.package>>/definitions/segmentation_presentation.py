"""Images to be segmented, from files."""

from pathlib import Path

from ..engine.definitions.image_file import FILE_EXTENSIONS, as_image, open_image
from ..engine.definitions.images import ImageInput
from ..engine.definitions.masks_presentation import MasksPresentation
from ..engine.definitions.presentation import Record
from .segmentation import Segmentation


class SegmentationPresentation(MasksPresentation[ImageInput]):
    """Samples are images with a mask."""

    definition: Segmentation
    file_extensions = FILE_EXTENSIONS
    row_extensions = frozenset()

    def load_input(self, record: object) -> ImageInput:
        """Image of a record, in any form that `as_image` accepts."""
        return ImageInput(as_image(record))

    def size_of(self, record: Record) -> tuple[int, int] | None:
        if not isinstance(record, str | Path):
            return None
        with open_image(Path(record)) as image:
            return image.size
