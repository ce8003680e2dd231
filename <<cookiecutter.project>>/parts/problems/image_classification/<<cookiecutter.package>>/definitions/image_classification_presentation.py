"""Images of samples from files, for predictions."""

from ..engine.definitions.classes_presentation import ClassesPresentation
from ..engine.definitions.image_file import FILE_EXTENSIONS, as_image
from ..engine.definitions.images import ImageInput
from .image_classification import ImageClassification


class ImageClassificationPresentation(ClassesPresentation[ImageInput]):
    """Samples are images with a class."""

    definition: ImageClassification
    file_extensions = FILE_EXTENSIONS
    row_extensions = frozenset()

    def load_input(self, record: object) -> ImageInput:
        """Image of a record, in any form that `as_image` accepts."""
        size = self.definition.height, self.definition.width
        return ImageInput(as_image(record, size))
