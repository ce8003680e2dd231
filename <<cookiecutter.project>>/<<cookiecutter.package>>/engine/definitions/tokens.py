"""Definitions that predict the next token of a text: language models."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, NamedTuple

import torch
from annotated_types import Interval
from jaxtyping import Float, Float32, Int64
from torch import Tensor
from torch.nn.functional import cross_entropy

from .definition import Definition, Metrics
from .markers import AT_COLLATION, Fill, Length

if TYPE_CHECKING:
    from .tokens_presentation import TokensPresentation

NONE = -1  # no token: padding of a target


class TokenInput(NamedTuple):
    tokens: Annotated[Int64[Tensor, "batch tokens"], Interval(ge=0, lt="vocabulary")]
    length: Annotated[Int64[Tensor, "batch"], Length("tokens")] = AT_COLLATION


class TokenTarget(NamedTuple):
    """The token after each token of the input."""

    next: Annotated[Int64[Tensor, "batch tokens"], Interval(ge=0, lt="vocabulary"), Fill(NONE)]
    length: Annotated[Int64[Tensor, "batch"], Length("next")] = AT_COLLATION


class TokenOutput(NamedTuple):
    """Scores before the softmax of the token after each token."""

    logits: Float[Tensor, "batch tokens vocabulary"]


class TokenPrediction(NamedTuple):
    """Tokens that follow: one after each token of the input, or a continuation of it."""

    next: Annotated[Int64[Tensor, "batch count"], Interval(ge=0, lt="vocabulary")]
    probability: Annotated[Float32[Tensor, "batch count"], Interval(ge=0, le=1)]


@dataclass(frozen=True)
class Tokens(Definition[TokenInput, TokenTarget, TokenOutput, TokenPrediction]):
    """`alphabet`: all characters; token i is the one at index i. `context`: the most tokens of a sample."""

    alphabet: str
    context: int

    def sizes(self) -> dict[str, int]:
        return {"vocabulary": len(self.alphabet)}

    def typical_sizes(self) -> dict[str, int]:
        return {"tokens": min(self.context, 24)}

    def text_of(self, tokens: Tensor) -> str:
        """Text of the tokens of one sample."""
        return "".join(self.alphabet[token] for token in tokens.tolist() if token != NONE)

    def metrics(self) -> Metrics:
        from torchmetrics import MetricCollection

        from .ratio_metric import Ratio

        return MetricCollection({"bits": Ratio(_bits), "perplexity": Ratio(torch.exp)})

    def metric_inputs(self, output: TokenOutput, target: TokenTarget) -> tuple[Tensor, Tensor]:
        """Negative log-likelihood of each sample in nats, and its number of tokens."""
        return nats(output, target).sum(1), target.length

    def presentation(self) -> "TokensPresentation":
        from .tokens_presentation import TokensPresentation

        return TokensPresentation(self)


def _bits(nats: Tensor) -> Tensor:
    return nats / math.log(2)


def nats(output: TokenOutput, target: TokenTarget) -> Tensor:
    """Negative log-likelihood of each next token, (batch, tokens) float32; 0 where there is none."""
    logits = output.logits.float().flatten(0, 1)
    values = cross_entropy(logits, target.next.flatten(), reduction="none", ignore_index=NONE)
    return values.view(target.next.shape)
