"""Definitions whose target is a text: lines of print or handwriting, speech."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, NamedTuple

from annotated_types import Interval
from jaxtyping import Float, Float32, Int64
from torch import Tensor

from .definition import Definition, InputT, Metrics
from .markers import AT_COLLATION, Fill, Length

if TYPE_CHECKING:
    from .sequences_presentation import SequencesPresentation

BLANK = 0  # symbol of no character, and padding


class TextTarget(NamedTuple):
    """Characters as their number in the alphabet, from 1."""

    symbols: Annotated[Int64[Tensor, "batch letters"], Interval(ge=1, lt="symbols"), Fill(BLANK)]
    length: Annotated[Int64[Tensor, "batch"], Length("symbols")] = AT_COLLATION


class TextOutput(NamedTuple):
    """Scores before the softmax, for `length` steps of each sample."""

    logits: Float[Tensor, "batch steps symbols"]
    length: Annotated[Int64[Tensor, "batch"], Length("logits")]


class TextPrediction(NamedTuple):
    """`probability`: geometric mean of the probabilities of the predicted symbols over all steps."""

    symbols: Annotated[Int64[Tensor, "batch letters"], Interval(ge=1, lt="symbols"), Fill(BLANK)]
    length: Annotated[Int64[Tensor, "batch"], Length("symbols")]
    probability: Annotated[Float32[Tensor, "batch"], Interval(ge=0, le=1)]


@dataclass(frozen=True)
class Sequences(Definition[InputT, TextTarget, TextOutput, TextPrediction]):
    """`alphabet`: all characters; the one at index i is symbol i + 1. A subclass adds the input."""

    alphabet: str

    def sizes(self) -> dict[str, int]:
        return {"symbols": 1 + len(self.alphabet)}

    def typical_sizes(self) -> dict[str, int]:
        return {"letters": 6}

    def text_of(self, symbols: Tensor, length: int) -> str:
        """Text of one sample."""
        return "".join(self.alphabet[symbol - 1] for symbol in symbols[:length].tolist() if symbol)

    def metrics(self) -> Metrics:
        from torchmetrics import MetricCollection

        from .ratio_metric import Ratio, Zeros

        return MetricCollection({"cer": Ratio(), "exact": Zeros()})

    def metric_inputs(self, output: TextOutput, target: TextTarget) -> tuple[Tensor, Tensor]:
        """Edit distance and length of the target of each sample."""
        from .ctc import greedy
        from .edit_distance import edit_distance

        predicted = greedy(output)
        return edit_distance(predicted.symbols, predicted.length, target.symbols, target.length), target.length

    def presentation(self) -> "SequencesPresentation[InputT]":
        from .sequences_presentation import SequencesPresentation

        return SequencesPresentation(self)

    def incompatibility(self, other: Definition) -> str | None:
        if isinstance(other, Sequences) and (unknown := sorted(set(other.alphabet) - set(self.alphabet))):
            return f"the characters {''.join(unknown[:20])!r}, which are not in the alphabet of {len(self.alphabet)}"
        return super().incompatibility(other)
