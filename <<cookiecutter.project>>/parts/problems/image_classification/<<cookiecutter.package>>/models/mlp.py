"""Multi-layer perceptron over the pixels."""

from torch import Tensor, nn

from ..definitions.image_classification import ImageClassification


class MLP(nn.Module):
    """A dense layer and ReLU for each of `hidden`, then one for the classes."""

    def __init__(self, definition: ImageClassification, hidden: tuple[int, ...] = (128,)) -> None:
        super().__init__()
        width = definition.channels * definition.height * definition.width
        layers: list[nn.Module] = [nn.Flatten()]
        for units in hidden:
            layers += [nn.Linear(width, units), nn.ReLU()]
            width = units
        self.layers = nn.Sequential(*layers, nn.Linear(width, len(definition.classes)))

    def forward(self, image: Tensor) -> Tensor:
        logits: Tensor = self.layers(image)
        return logits
