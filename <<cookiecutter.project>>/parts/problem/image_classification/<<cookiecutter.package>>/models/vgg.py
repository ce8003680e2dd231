"""VGG: Simonyan and Zisserman, Very deep convolutional networks for large-scale image recognition, 2015."""

from typing import Annotated, Literal

from annotated_types import Interval
from torch import Tensor, nn
from torchvision.models import vgg

from ..definitions.image_classification import ImageClassification
from .pretrained import load_matching, torchvision_weights

FORMS = {11: "A", 13: "B", 16: "D", 19: "E"}


class VGG(nn.Module):
    """torchvision's, with its names of tensors, and on images of 224 x 224 its shapes.

    Of its five poolings, each of which halves the image, the last are left out where the smaller side would fall below
    one pixel. torchvision scales every last map to 7 x 7 and has 25,088 x 4,096 weights behind it; here a map smaller
    than that stays as it is, and the dense layers are no wider than the map has numbers: 512 from 32 x 32 pixels.
    All layers start as He et al. (Delving deep into rectifiers, 2015) have it.
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
        form = vgg.cfgs[FORMS[depth]]
        lasting = [index for index, layer in enumerate(form) if layer == "M"][:pools]
        form = [layer for index, layer in enumerate(form) if layer != "M" or index in lasting]
        self.features = vgg.make_layers(form, batch_norm)
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
        """Weights trained on ImageNet, where `pretrained` asks for them."""
        if self.pretrained:
            load_matching(self, torchvision_weights(self.name))

    def forward(self, image: Tensor) -> Tensor:
        logits: Tensor = self.classifier(self.avgpool(self.features(image)).flatten(1))
        return logits
