"""Static embeddings: the mean of the words of each text."""

from collections.abc import Sequence
from typing import Annotated

import torch
from annotated_types import Ge, Interval
from torch import Tensor, nn

from ..definitions.text_classification import TextClassification
from ..engine.definitions.ragged import inside
from ..engine.models.dense import dense_layers


class WordMeans(nn.Module):
    """Mean of the embeddings of a text's tokens through layers of `hidden` units.

    A pair is compared by the product and the absolute difference of its two means.

    Source: Joulin et al., Bag of tricks for efficient text classification, 2017.
    """

    def __init__(
        self,
        definition: TextClassification,
        embedding: Annotated[int, Ge(1)] = 64,
        hidden: Sequence[int] = (),
        dropout: Annotated[float, Interval(ge=0, lt=1)] = 0.3,
    ) -> None:
        super().__init__()
        self.is_pair = len(definition.texts) == 2
        self.embedding = nn.Embedding(definition.vocabulary, embedding)
        nn.init.normal_(self.embedding.weight, std=0.1)
        widths = [embedding * (2 if self.is_pair else 1), *hidden]
        layers = [nn.Dropout(dropout), *dense_layers(widths, dropout=dropout)]
        self.norm: nn.Module = nn.Identity()
        self.head = nn.Sequential(*layers, nn.Linear(widths[-1], len(definition.classes)))

    def forward(self, tokens: Tensor, part: Tensor, length: Tensor) -> Tensor:
        words = self.embedding(tokens)
        within = inside(length, tokens.shape[1])
        means = [self.norm(_mean(words, within & (part == index))) for index in range(1 + self.is_pair)]
        if self.is_pair:
            means = [torch.cat([means[0] * means[1], (means[0] - means[1]).abs()], 1)]
        logits: Tensor = self.head(means[0])
        return logits


def _mean(values: Tensor, mask: Tensor) -> Tensor:
    """Mean of values (B, T, width) where the mask (B, T) is true; 0 where it is nowhere."""
    weight = mask.unsqueeze(2).to(values.dtype)
    return (values * weight).sum(1) / weight.sum(1).clamp(min=1)
