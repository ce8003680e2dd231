"""Dense layers with activations and dropout."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from torch import nn

ACTIVATIONS: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "gelu": nn.GELU, "silu": nn.SiLU, "tanh": nn.Tanh}


def dense_layers(
    widths: Sequence[int], activation: Literal["relu", "gelu", "silu", "tanh"] = "relu", dropout: float = 0.0
) -> list[nn.Module]:
    """A dense layer from each width to the next, each followed by the activation and, if it is above 0, dropout."""
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(widths):
        layers += [nn.Linear(inputs, outputs), ACTIVATIONS[activation]()]
        layers += [nn.Dropout(dropout)] if dropout else []
    return layers
