"""Residual networks: He et al., Deep residual learning for image recognition, 2016."""

from typing import Literal

from torch import Tensor, nn
from torchvision.models import resnet

from ..definitions.image_classification import ImageClassification
from .pretrained import load_matching, torchvision_weights

FORMS = {
    18: (resnet.BasicBlock, [2, 2, 2, 2]),
    34: (resnet.BasicBlock, [3, 4, 6, 3]),
    50: (resnet.Bottleneck, [3, 4, 6, 3]),
    101: (resnet.Bottleneck, [3, 4, 23, 3]),
    152: (resnet.Bottleneck, [3, 8, 36, 3]),
}


class ResNet(resnet.ResNet):
    """torchvision's ResNet with its tensor names; the first convolution has the definition's channels, the last layer
    its classes.

    The total stride is 32. Below 32 pixels (the smaller side) the max-pooling is left out (stride 16), below 16 the
    stride of the first convolution too (stride 8).
    """

    def __init__(
        self, definition: ImageClassification, depth: Literal[18, 34, 50, 101, 152] = 18, pretrained: bool = False
    ) -> None:
        super().__init__(*FORMS[depth], num_classes=len(definition.classes))
        self.depth, self.pretrained = depth, pretrained
        side = min(definition.height, definition.width)
        self.conv1 = nn.Conv2d(definition.channels, 64, 7, stride=2 if side >= 16 else 1, padding=3, bias=False)
        nn.init.kaiming_normal_(self.conv1.weight, mode="fan_out", nonlinearity="relu")
        if side < 32:
            self.maxpool = nn.Identity()

    def initialize(self) -> None:
        """Load weights trained on ImageNet if `pretrained`."""
        if self.pretrained:
            load_matching(self, torchvision_weights(f"resnet{self.depth}"))

    def forward(self, image: Tensor) -> Tensor:
        logits: Tensor = super().forward(image)
        return logits
