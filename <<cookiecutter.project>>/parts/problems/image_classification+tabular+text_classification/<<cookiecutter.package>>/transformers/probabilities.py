"""Post-processing: probabilities and class from logits."""

from torch import nn

from ..engine.definitions.classes import Classes, ClassOutput, ClassPrediction


class Probabilities(nn.Module):
    """Softmax over the classes, and the class of the highest probability."""

    def __init__(self, definition: Classes) -> None:
        super().__init__()

    def forward(self, output: ClassOutput) -> ClassPrediction:
        probability = output.logits.float().softmax(dim=1)
        return ClassPrediction(label=probability.argmax(dim=1), probability=probability)
