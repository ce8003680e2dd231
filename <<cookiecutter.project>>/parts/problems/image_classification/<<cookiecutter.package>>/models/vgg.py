"""VGG: Simonyan and Zisserman, Very deep convolutional networks for large-scale image recognition, 2015."""

from typing import Annotated, Literal

from annotated_types import Interval
from torch import Tensor, nn
from torchvision.models import vgg

from ..definitions.image_classification import ImageClassification
from .pretrained import load_matching, torchvision_weights

CONFIGURATIONS = {11: "A", 13: "B", 16: "D", 19: "E"}


class VGG(nn.Module):
    """torchvision's VGG with its tensor names, and on images of 224 x 224 with its shapes.

    Of the five poolings, the last are left out if the smaller side would become less than one pixel. torchvision scales
    the last feature map to 7 x 7, followed by 25,088 x 4,096 weights; here a smaller map keeps its size, and the dense
    layers have at most as many units as the map has values: 512 for 32 x 32 pixels. Initialization: He et al. (Delving
    deep into rectifiers, 2015).
    """

    def __init__(
        self,
        definition: ImageClassification,
        depth: Literal[11, 13, 16, 19] = 16,
        batch_norm: bool = True,
        dropout: Annotated[float, Interval(ge=0, lt=1)] = 0.5,
        pretrained: bool = False,
    ) -> None:
        super().__init__()
        self.name, self.pretrained = f"vgg{depth}{'_bn' if batch_norm else ''}", pretrained
        sides = (definition.height, definition.width)
        pools = min(5, min(sides).bit_length() - 1)  # side // 2 ** pools is 1 or more
        layers = vgg.cfgs[CONFIGURATIONS[depth]]
        kept = [index for index, layer in enumerate(layers) if layer == "M"][:pools]
        layers = [layer for index, layer in enumerate(layers) if layer != "M" or index in kept]
        self.features = vgg.make_layers(layers, batch_norm)
        self.features[0] = nn.Conv2d(definition.channels, 64, 3, padding=1)
        height, width = (min(7, side // 2**pools) for side in sides)
        inputs = 512 * height * width
        hidden = min(4096, inputs)
        self.avgpool = nn.AdaptiveAvgPool2d((height, width))
        self.classifier = nn.Sequential(
            nn.Linear(inputs, hidden),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(hidden, hidden),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(hidden, len(definition.classes)),
        )
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.constant_(layer.bias, 0.0)  # type: ignore[arg-type]

    def initialize(self) -> None:
        """Load weights trained on ImageNet if `pretrained`."""
        if self.pretrained:
            load_matching(self, torchvision_weights(self.name))

    def forward(self, image: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.avgpool(self.features(image)).flatten(1))
        return logits
