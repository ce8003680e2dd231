"""Multi-layer perceptron over the columns of a table."""

from collections.abc import Sequence
from typing import Annotated, Literal

import torch
from annotated_types import Ge, Interval
from torch import Tensor, nn

from ..definitions.tabular import Tabular
from ..engine.definitions.numbers import Numbers, NumberTarget
from ..engine.models.dense import dense_layers
from ..engine.models.rescale import Rescale


class TableMLP(nn.Module):
    """Numbers, whether they are present, and an embedding for each category, through layers of `hidden` units.

    Outputs that are numbers are scaled to mean and standard deviation of the training targets.
    """

    def __init__(
        self,
        definition: Tabular,
        hidden: Sequence[int] = (128, 64),
        embedding: Annotated[int, Ge(1)] = 8,
        activation: Literal["relu", "gelu", "silu", "tanh"] = "relu",
        dropout: Annotated[float, Interval(ge=0, lt=1)] = 0.1,
    ) -> None:
        super().__init__()
        columns, levels = len(definition.categories), definition.most_levels
        self.first = levels * torch.arange(columns)  # row of each column's first value in the table of embeddings
        self.embedding = nn.Embedding(columns * levels, embedding) if columns else None
        widths = [2 * len(definition.numbers) + columns * embedding, *hidden]
        layers = dense_layers(widths, activation, dropout)
        self.layers = nn.Sequential(*layers, nn.Linear(widths[-1], definition.output_size()))
        self.rescale = Rescale(definition.output_size()) if isinstance(definition, Numbers) else nn.Identity()

    def fit_target(self, target: NumberTarget) -> None:
        """Scale outputs that are numbers to the training targets."""
        if isinstance(self.rescale, Rescale):
            self.rescale.fit(target.value)

    def forward(self, numbers: Tensor, present: Tensor, categories: Tensor) -> Tensor:
        parts = [numbers, present.to(numbers.dtype)]
        if self.embedding is not None:
            parts.append(self.embedding(categories + self.first.to(categories.device)).flatten(1))
        outputs: Tensor = self.rescale(self.layers(torch.cat(parts, 1)))
        return outputs
