"""Lines in pictures, and from files."""

from torch import Tensor

from ..engine.definitions.image_file import FILE_EXTENSIONS, as_image
from ..engine.definitions.sequences_presentation import SequencesPresentation
from .text_line import LineInput, TextLine


class TextLinePresentation(SequencesPresentation[LineInput]):
    """Samples are images of a line with its text."""

    definition: TextLine
    file_extensions = FILE_EXTENSIONS
    row_extensions = frozenset()

    def load_input(self, record: object) -> LineInput:
        """Image of a record, in any form that `as_image` accepts."""
        return LineInput(as_image(record))

    def picture(self, input: LineInput) -> Tensor:
        """The line without its padding; raw lines are images as in their files."""
        if input.line.ndim == 3:
            return input.line.permute(1, 2, 0).cpu()
        return input.line[: int(input.width)].T.unsqueeze(2).cpu()
