"""Post-processing: probabilities and class from logits."""

from torch import Tensor, nn

from ..engine.definitions.classes import Classes, ClassOutput, ClassPrediction


class Probabilities(nn.Module):
    """Softmax over the classes, and the class of the highest probability.

    calibrate.py finds both arguments. `temperature`: the logits are divided by it. `least`: a class of at least this
    probability belongs to the prediction set of a sample; None: there are no sets.
    """

    def __init__(self, definition: Classes, temperature: float = 1.0, least: float | None = None) -> None:
        super().__init__()
        self.temperature, self.least = temperature, least

    def forward(self, output: ClassOutput) -> ClassPrediction:
        probability = (output.logits.float() / self.temperature).softmax(dim=1)
        return ClassPrediction(label=probability.argmax(dim=1), probability=probability)

    def prediction_sets(self, prediction: ClassPrediction) -> Tensor | None:
        """Whether each class belongs to the set of each sample (samples, classes), bool."""
        return None if self.least is None else prediction.probability >= self.least
