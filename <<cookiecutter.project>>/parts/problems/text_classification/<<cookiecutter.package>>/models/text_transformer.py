"""Small transformer over tokens, trained from scratch."""

from typing import Annotated

import torch
from annotated_types import Ge, Interval
from torch import Tensor, nn

from ..definitions.text_classification import TextClassification
from ..engine.definitions.ragged import inside
from .attention import AttentionBlock


class TextTransformer(nn.Module):
    """Embeddings of tokens, positions and parts, `layers` blocks of attention, mean over the tokens, and a dense layer.

    Only the first `longest` tokens are read.
    """

    def __init__(
        self,
        definition: TextClassification,
        width: Annotated[int, Ge(1)] = 64,
        heads: Annotated[int, Ge(1)] = 4,
        layers: Annotated[int, Ge(1)] = 2,
        longest: Annotated[int, Ge(1)] = 256,
        dropout: Annotated[float, Interval(ge=0, lt=1)] = 0.2,
    ) -> None:
        super().__init__()
        self.longest = longest
        self.embedding = nn.Embedding(definition.vocabulary, width)
        self.positions = nn.Parameter(0.02 * torch.randn(longest, width))
        self.parts = nn.Embedding(len(definition.texts), width)
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(AttentionBlock(width, heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, len(definition.classes))

    def forward(self, tokens: Tensor, part: Tensor, length: Tensor) -> Tensor:
        tokens, part = tokens[:, : self.longest], part[:, : self.longest]
        count = tokens.shape[1]
        within = inside(length, count)
        x = self.dropout(self.embedding(tokens) + self.positions[:count] + self.parts(part))
        for block in self.blocks:
            x = block(x, within[:, None, None, :])
        weight = within.unsqueeze(2).to(x.dtype)
        logits: Tensor = self.head((self.norm(x) * weight).sum(1) / weight.sum(1))
        return logits
