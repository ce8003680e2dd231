"""Multi-layer perceptron over the pixels."""

from typing import Annotated, Literal

from annotated_types import Interval
from torch import Tensor, nn

from ..definitions.image_classification import ImageClassification
from ..engine.models.dense import dense_layers


class MLP(nn.Module):
    """A dense layer, activation and dropout for each of `hidden`, then a dense layer for the classes."""

    def __init__(
        self,
        definition: ImageClassification,
        hidden: tuple[int, ...] = (128,),
        activation: Literal["relu", "gelu", "silu", "tanh"] = "relu",
        dropout: Annotated[float, Interval(ge=0, lt=1)] = 0.0,
    ) -> None:
        super().__init__()
        widths = [definition.channels * definition.height * definition.width, *hidden]
        layers = [nn.Flatten(), *dense_layers(widths, activation, dropout)]
        self.layers = nn.Sequential(*layers, nn.Linear(widths[-1], len(definition.classes)))

    def forward(self, image: Tensor) -> Tensor:
        logits: Tensor = self.layers(image)
        return logits
