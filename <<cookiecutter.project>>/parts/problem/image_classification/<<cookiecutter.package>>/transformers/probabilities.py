"""Post-processing: scores become probabilities and a class."""

from torch import nn

from ..definitions.image_classification import ClassAnswer, ClassPrediction, ImageClassification


class Probabilities(nn.Module):
    """Softmax over the classes; the answer is the class with the highest."""

    def __init__(self, definition: ImageClassification) -> None:
        super().__init__()

    def forward(self, prediction: ClassPrediction) -> ClassAnswer:
        probability = prediction.logits.float().softmax(dim=1)
        return ClassAnswer(label=probability.argmax(dim=1), probability=probability)
