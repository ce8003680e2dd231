"""Post-processing: text from the scores of each step."""

from torch import nn

from ..engine.definitions.ctc import greedy
from ..engine.definitions.sequences import Sequences, TextOutput, TextPrediction


class Greedy(nn.Module):
    """Most probable symbol of each step, without repetitions and blanks."""

    def __init__(self, definition: Sequences) -> None:
        super().__init__()

    def forward(self, output: TextOutput) -> TextPrediction:
        return greedy(output)
