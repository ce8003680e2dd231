"""Post-processing: probabilities and class from logits."""

from torch import nn

from ..definitions.image_classification import ClassOutput, ClassPrediction, ImageClassification


class Probabilities(nn.Module):
    """Softmax over the classes, and the class of the highest probability."""

    def __init__(self, definition: ImageClassification) -> None:
        super().__init__()

    def forward(self, output: ClassOutput) -> ClassPrediction:
        probability = output.logits.float().softmax(dim=1)
        return ClassPrediction(label=probability.argmax(dim=1), probability=probability)
