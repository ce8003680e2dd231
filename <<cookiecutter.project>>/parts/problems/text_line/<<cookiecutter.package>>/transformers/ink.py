"""Pre-processing of lines."""

from torch import nn

from ..definitions.text_line import PAPER, LineInput, TextLine


class Ink(nn.Module):
    """Pixels as share of ink, from 0 (paper) to 1."""

    def __init__(self, definition: TextLine) -> None:
        super().__init__()

    def forward(self, input: LineInput) -> LineInput:
        return input._replace(line=(PAPER - input.line.float()) / PAPER)
