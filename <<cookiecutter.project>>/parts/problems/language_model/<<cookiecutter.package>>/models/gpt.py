"""Small GPT."""

from typing import Annotated

import torch
from annotated_types import Ge, Interval
from torch import Tensor, nn

from ..engine.definitions.tokens import Tokens
from .attention import AttentionBlock


class GPT(nn.Module):
    """Transformer whose positions see those before them alone.

    Source: Radford et al., Language models are unsupervised multitask learners, 2019.
    """

    def __init__(
        self,
        definition: Tokens,
        width: Annotated[int, Ge(1)] = 128,
        heads: Annotated[int, Ge(1)] = 4,
        layers: Annotated[int, Ge(1)] = 4,
        dropout: Annotated[float, Interval(ge=0, lt=1)] = 0.1,
    ) -> None:
        super().__init__()
        vocabulary = definition.sizes()["vocabulary"]
        self.embedding = nn.Embedding(vocabulary, width)
        self.positions = nn.Parameter(0.02 * torch.randn(definition.context, width))
        self.dropout = nn.Dropout(dropout)
        self.blocks = nn.ModuleList(AttentionBlock(width, heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocabulary)
        nn.init.normal_(self.embedding.weight, std=0.02)
        nn.init.normal_(self.head.weight, std=0.02)

    def forward(self, tokens: Tensor) -> Tensor:
        count = tokens.shape[1]
        x = self.dropout(self.embedding(tokens) + self.positions[:count])
        past = torch.ones(count, count, dtype=torch.bool, device=tokens.device).tril()
        for block in self.blocks:
            x = block(x, past)
        logits: Tensor = self.head(self.norm(x))
        return logits
