"""Small VGG with batch normalization: 8,616 parameters on gray 28 x 28 images of 10 classes."""

from torch import Tensor, nn

from ..definitions.image_classification import ImageClassification


class TinyVGG(nn.Module):
    """A batch normalization, 3 x 3 convolution and ReLU for each of `filters`, max-pooling after all but the last;
    global average pooling; two dense layers. Pooling stops at one pixel. After the tutorial network of babilim.
    """

    def __init__(self, definition: ImageClassification, filters: tuple[int, ...] = (12, 18, 18, 18)) -> None:
        super().__init__()
        side = min(definition.height, definition.width)
        layers: list[nn.Module] = []
        channels = definition.channels
        for index, out_channels in enumerate(filters):
            layers += [nn.BatchNorm2d(channels), nn.Conv2d(channels, out_channels, 3, padding=1), nn.ReLU()]
            if index < len(filters) - 1 and side >= 2:
                layers.append(nn.MaxPool2d(2))
                side //= 2
            channels = out_channels
        self.features = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.head = nn.Sequential(
            nn.BatchNorm1d(channels),
            nn.Linear(channels, 18),
            nn.ReLU(),
            nn.Linear(18, len(definition.classes)),
        )

    def forward(self, image: Tensor) -> Tensor:
        logits: Tensor = self.head(self.features(image))
        return logits
