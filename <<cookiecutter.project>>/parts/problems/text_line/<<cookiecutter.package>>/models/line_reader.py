"""Convolutions and a bidirectional LSTM over the columns of a line."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from annotated_types import Ge, Interval
from torch import Tensor, nn

from ..definitions.text_line import TextLine
from ..engine.definitions.ragged import inside
from .bidirectional import BidirectionalLSTM


class LineReader(nn.Module):
    """Blocks of convolution, batch normalization and pooling (by 2 in height; the first two by 2 in width), then
    `layers` bidirectional LSTMs of `hidden` units for each direction: one step for four columns.

    Padding is set to 0 after each block, so that a prediction does not depend on the other lines of its batch.

    Source: Shi et al., An end-to-end trainable neural network for image-based sequence recognition, 2015.
    """

    def __init__(
        self,
        definition: TextLine,
        channels: Sequence[int] = (16, 32, 48, 64),
        hidden: Annotated[int, Ge(1)] = 96,
        layers: Annotated[int, Ge(1)] = 1,
        dropout: Annotated[float, Interval(ge=0, lt=1)] = 0.2,
    ) -> None:
        super().__init__()
        blocks, inputs, height = [], 1, definition.height
        for outputs in channels:
            convolution = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
            blocks.append(nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU()))
            inputs, height = outputs, (height + 1) // 2
        self.blocks = nn.ModuleList(blocks)
        self.dropout = nn.Dropout(dropout)
        sizes = [inputs * height, *[2 * hidden] * (layers - 1)]
        self.lstms = nn.ModuleList(BidirectionalLSTM(size, hidden) for size in sizes)
        self.head = nn.Linear(2 * hidden, definition.sizes()["symbols"])

    def forward(self, line: Tensor, width: Tensor) -> Mapping[str, Tensor]:
        x, length = line.unsqueeze(1), width  # (B, 1, W, H)
        for number, block in enumerate(self.blocks):
            x = block(x) * inside(length, x.shape[2])[:, None, :, None]
            across = 2 if number < 2 else 1
            x = nn.functional.max_pool2d(x, (across, 2), ceil_mode=True)
            length = (length + across - 1) // across
        x = x.transpose(1, 2).flatten(2)  # (B, steps, C * H)
        for lstm in self.lstms:
            x = lstm(self.dropout(x), length)
        return {"logits": self.head(self.dropout(x)), "length": length}
