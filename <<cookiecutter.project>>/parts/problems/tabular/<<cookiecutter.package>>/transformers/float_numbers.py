"""Post-processing of numbers."""

from torch import nn

from ..engine.definitions.numbers import NumberOutput, NumberPrediction, Numbers


class FloatNumbers(nn.Module):
    """The output as float32."""

    def __init__(self, definition: Numbers) -> None:
        super().__init__()

    def forward(self, output: NumberOutput) -> NumberPrediction:
        return NumberPrediction(output.value.float())
