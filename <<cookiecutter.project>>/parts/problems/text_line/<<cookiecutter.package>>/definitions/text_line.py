"""Lines of print or handwriting: an image of one line in, its text out."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, NamedTuple

from annotated_types import Interval
from jaxtyping import Int64, UInt8
from torch import Tensor

from ..engine.definitions.definition import Definition
from ..engine.definitions.markers import AT_COLLATION, Fill, Length
from ..engine.definitions.sequences import Sequences

if TYPE_CHECKING:
    from .text_line_presentation import TextLinePresentation

PAPER = 255


class LineInput(NamedTuple):
    """Gray columns of pixels from left to right; paper is 255."""

    line: Annotated[UInt8[Tensor, "batch width height"], Interval(ge=0, le=255), Fill(PAPER)]
    width: Annotated[Int64[Tensor, "batch"], Length("line")] = AT_COLLATION


@dataclass(frozen=True)
class TextLine(Sequences[LineInput]):
    """`height`: of a line in pixels."""

    height: int

    def sizes(self) -> dict[str, int]:
        return super().sizes() | {"height": self.height}

    def typical_sizes(self) -> dict[str, int]:
        return super().typical_sizes() | {"width": 120}

    def presentation(self) -> "TextLinePresentation":
        from .text_line_presentation import TextLinePresentation

        return TextLinePresentation(self)

    def incompatibility(self, other: Definition) -> str | None:
        if isinstance(other, TextLine):  # lines are scaled to this height, texts spelled with this alphabet
            if set(other.alphabet) <= set(self.alphabet):
                return None
            other = replace(other, height=self.height)
        return super().incompatibility(other)
