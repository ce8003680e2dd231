"""ResNet with eight convolutions and one dense layer, for short trainings on small images."""

from typing import Annotated

from annotated_types import Ge
from torch import Tensor, nn

from ..definitions.image_classification import ImageClassification


class Residual(nn.Module):
    """x + two convolutions of x."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(convolution(width, width), convolution(width, width))

    def forward(self, x: Tensor) -> Tensor:
        total: Tensor = x + self.layers(x)
        return total


class ResNet9(nn.Module):
    """The network of David Page's "How to train your ResNet" (2018): `width` filters, then 2, 4 and 8 times as many at
    1/2, 1/4 and 1/8 of the size; global max-pooling; a dense layer whose logits are multiplied by 1/8.
    """

    def __init__(self, definition: ImageClassification, width: Annotated[int, Ge(1)] = 64) -> None:
        super().__init__()
        self.features = nn.Sequential(
            convolution(definition.channels, width),
            convolution(width, 2 * width),
            nn.MaxPool2d(2),
            Residual(2 * width),
            convolution(2 * width, 4 * width),
            nn.MaxPool2d(2),
            convolution(4 * width, 8 * width),
            nn.MaxPool2d(2),
            Residual(8 * width),
            nn.AdaptiveMaxPool2d(1),
            nn.Flatten(),
        )
        self.head = nn.Linear(8 * width, len(definition.classes), bias=False)

    def forward(self, image: Tensor) -> Tensor:
        logits: Tensor = 0.125 * self.head(self.features(image))
        return logits


def convolution(in_channels: int, out_channels: int) -> nn.Sequential:
    """3 x 3 convolution, batch normalization, ReLU; same size."""
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False), nn.BatchNorm2d(out_channels), nn.ReLU()
    )
