"""Convolutional network with any number of convolutions and dense layers."""

from typing import Annotated, Literal

import torch
from annotated_types import Ge, Interval
from torch import Tensor, nn

from ..definitions.image_classification import ImageClassification
from ..engine.models.dense import ACTIVATIONS, dense_layers


class CNN(nn.Module):
    """A convolution, activation and 2 x 2 max-pooling for each of `filters`; a dense layer for each of `dense`.

    The defaults are the network of tfaip's MNIST tutorial. Pooling stops at one pixel of height or width.
    """

    def __init__(
        self,
        definition: ImageClassification,
        filters: tuple[int, ...] = (16, 32),
        kernel_size: Annotated[int, Ge(1)] = 2,
        dense: tuple[int, ...] = (128,),
        activation: Literal["relu", "gelu", "silu", "tanh"] = "relu",
        dropout: Annotated[float, Interval(ge=0, lt=1)] = 0.0,
    ) -> None:
        super().__init__()
        side = min(definition.height, definition.width)
        layers: list[nn.Module] = []
        channels = definition.channels
        for out_channels in filters:
            layers += [nn.Conv2d(channels, out_channels, kernel_size, padding="same"), ACTIVATIONS[activation]()]
            if side >= 2:
                layers.append(nn.MaxPool2d(2))
                side //= 2
            channels = out_channels
        self.features = nn.Sequential(*layers, nn.Flatten())
        with torch.no_grad():
            probe = torch.zeros(1, definition.channels, definition.height, definition.width)
            width = self.features(probe).shape[1]
        widths = [width, *dense]
        layers = dense_layers(widths, activation, dropout)
        self.head = nn.Sequential(*layers, nn.Linear(widths[-1], len(definition.classes)))

    def forward(self, image: Tensor) -> Tensor:
        logits: Tensor = self.head(self.features(image))
        return logits
