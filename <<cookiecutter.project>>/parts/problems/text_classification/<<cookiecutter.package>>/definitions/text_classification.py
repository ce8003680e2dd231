"""Text classification: one of a fixed list of classes for each text, or pair of texts."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, NamedTuple

from annotated_types import Interval
from jaxtyping import Int64
from torch import Tensor

from ..engine.definitions.classes import Classes
from ..engine.definitions.definition import Definition
from ..engine.definitions.markers import AT_COLLATION, Length

if TYPE_CHECKING:
    from .text_presentation import TextPresentation


class TextInput(NamedTuple):
    """`tokens`: numbers from 1, 0 pads. `part`: 0 for tokens of the first text, 1 for those of the second."""

    tokens: Annotated[Int64[Tensor, "batch tokens"], Interval(ge=0, lt="vocabulary")]
    part: Annotated[Int64[Tensor, "batch tokens"], Interval(ge=0, lt="texts")]
    length: Annotated[Int64[Tensor, "batch"], Length("tokens")] = AT_COLLATION


@dataclass(frozen=True)
class TextClassification(Classes[TextInput]):
    """`texts`: names of the one or two texts of a sample. `vocabulary`: number of tokens."""

    texts: tuple[str, ...]
    vocabulary: int

    def sizes(self) -> dict[str, int]:
        return super().sizes() | {"vocabulary": self.vocabulary, "texts": len(self.texts)}

    def typical_sizes(self) -> dict[str, int]:
        return {"tokens": 24}

    def presentation(self) -> "TextPresentation":
        from .text_presentation import TextPresentation

        return TextPresentation(self)

    def incompatibility(self, other: Definition) -> str | None:
        if isinstance(other, TextClassification) and len(other.texts) != len(self.texts):
            return f"{len(other.texts)} texts in a sample, expected {len(self.texts)}"
        return super().incompatibility(other)
