"""LeNet-5: LeCun et al., Gradient-based learning applied to document recognition, 1998."""

import torch
from torch import Tensor, nn

from ..definitions.image_classification import ImageClassification


class LeNet(nn.Module):
    """Two 5 x 5 convolutions with average pooling and tanh, then dense 120, 84 and the classes.

    Both convolutions are padded: images need 8 x 8 pixels or more. Above 32 x 32 the second pooling is adaptive, to
    8 x 8, which keeps the dense layers small.
    """

    def __init__(self, definition: ImageClassification) -> None:
        super().__init__()
        side = min(definition.height, definition.width)
        self.features = nn.Sequential(
            nn.Conv2d(definition.channels, 6, 5, padding=2),
            nn.Tanh(),
            nn.AvgPool2d(2),
            nn.Conv2d(6, 16, 5, padding=2),
            nn.Tanh(),
            nn.AvgPool2d(2) if side <= 32 else nn.AdaptiveAvgPool2d(8),
            nn.Flatten(),
        )
        with torch.no_grad():
            probe = torch.zeros(1, definition.channels, definition.height, definition.width)
            width = self.features(probe).shape[1]
        self.head = nn.Sequential(
            nn.Linear(width, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, len(definition.classes))
        )

    def forward(self, image: Tensor) -> Tensor:
        logits: Tensor = self.head(self.features(image))
        return logits
