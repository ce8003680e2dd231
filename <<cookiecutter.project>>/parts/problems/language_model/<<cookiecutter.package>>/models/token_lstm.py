"""LSTM language model."""

from typing import Annotated

from annotated_types import Ge, Interval
from torch import Tensor, nn

from ..engine.definitions.tokens import Tokens


class TokenLSTM(nn.Module):
    """Embedding, `layers` LSTMs of `hidden` units, and scores of the next token."""

    def __init__(
        self,
        definition: Tokens,
        embedding: Annotated[int, Ge(1)] = 64,
        hidden: Annotated[int, Ge(1)] = 256,
        layers: Annotated[int, Ge(1)] = 1,
        dropout: Annotated[float, Interval(ge=0, lt=1)] = 0.1,
    ) -> None:
        super().__init__()
        vocabulary = definition.sizes()["vocabulary"]
        self.embedding = nn.Embedding(vocabulary, embedding)
        sizes = [embedding, *[hidden] * (layers - 1)]
        self.lstms = nn.ModuleList(nn.LSTM(size, hidden, batch_first=True) for size in sizes)
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(hidden, vocabulary)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embedding(tokens)
        for lstm in self.lstms:
            x, _ = lstm(self.dropout(x))
        logits: Tensor = self.head(self.dropout(x))
        return logits
