"""A small VGG with batch normalisation: 8,616 parameters on gray 28 x 28 images of 10 classes."""

from torch import Tensor, nn

from ..definitions.image_classification import ImageClassification


class TinyVGG(nn.Module):
    """Four 3 x 3 convolutions, each after a batch normalisation, three of them halved; global average; two dense
    layers. An image too small to be halved again stays as it is. After the tutorial network of babilim.
    """

    def __init__(self, definition: ImageClassification, filters: tuple[int, ...] = (12, 18, 18, 18)) -> None:
        super().__init__()
        side = min(definition.height, definition.width)
        layers: list[nn.Module] = []
        before = definition.channels
        for index, after in enumerate(filters):
            layers += [nn.BatchNorm2d(before), nn.Conv2d(before, after, 3, padding=1), nn.ReLU()]
            if index < len(filters) - 1 and side >= 2:
                layers.append(nn.MaxPool2d(2))
                side //= 2
            before = after
        self.features = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.head = nn.Sequential(
            nn.BatchNorm1d(before),
            nn.Linear(before, 18),
            nn.ReLU(),
            nn.Linear(18, len(definition.classes)),
        )

    def forward(self, image: Tensor) -> Tensor:
        logits: Tensor = self.head(self.features(image))
        return logits
