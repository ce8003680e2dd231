"""Text classification: one of a fixed list of classes for each text, or pair of texts."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, NamedTuple

from annotated_types import Interval
from jaxtyping import Int64
from torch import Tensor

from ..engine.core.asset import Asset
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
    """`texts`: names of the one or two texts of a sample. `vocabulary`: number of tokens.

    Without a `tokenizer` (a tokenizer.json), words are hashed. `architecture`: config.json of the pretrained encoder to
    which the tokenizer belongs.
    """

    texts: tuple[str, ...]
    vocabulary: int
    tokenizer: Asset | None = None
    architecture: Asset | None = None

    def sizes(self) -> dict[str, int]:
        return super().sizes() | {"vocabulary": self.vocabulary, "texts": len(self.texts)}

    def typical_sizes(self) -> dict[str, int]:
        return {"tokens": 24}

    def with_encoder(self, encoder: str | None) -> "TextClassification":
        """This definition with the tokenizer of a pretrained encoder, see `encoder_file`; unchanged without one.

        Raises:
            InputError: its files are missing.
        """
        if encoder is None:
            return self
        from .encoder_files import WORDLLAMA, encoder_file, load_tokenizer

        tokenizer = Asset.of(encoder_file(encoder, "tokenizer.json").read_bytes())
        vocabulary = load_tokenizer(tokenizer).get_vocab_size()
        if encoder == WORDLLAMA:  # vectors of words, without a network
            return replace(self, vocabulary=vocabulary, tokenizer=tokenizer)
        architecture = Asset.of(encoder_file(encoder, "config.json").read_bytes())
        return replace(self, vocabulary=vocabulary, tokenizer=tokenizer, architecture=architecture)

    def presentation(self) -> "TextPresentation":
        from .text_presentation import TextPresentation

        return TextPresentation(self)

    def incompatibility(self, other: Definition) -> str | None:
        if isinstance(other, TextClassification) and len(other.texts) != len(self.texts):
            return f"{len(other.texts)} texts in a sample, expected {len(self.texts)}"
        return super().incompatibility(other)
