"""Bidirectional LSTM over padded sequences."""

import torch
from torch import Tensor, nn


class BidirectionalLSTM(nn.Module):
    """LSTM forwards and LSTM backwards over sequences (B, T, inputs) of different lengths; returns (B, T, 2 * hidden).

    The second reads each sequence from its own end: padding changes no result, and the graph can be exported, unlike
    that of packed sequences.
    """

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.forwards = nn.LSTM(inputs, hidden, batch_first=True)
        self.backwards = nn.LSTM(inputs, hidden, batch_first=True)

    def forward(self, x: Tensor, length: Tensor) -> Tensor:
        steps = torch.arange(x.shape[1], device=x.device)
        reverse = torch.where(steps < length.unsqueeze(1), length.unsqueeze(1) - 1 - steps, steps).unsqueeze(2)
        backwards, _ = self.backwards(x.gather(1, reverse.expand(-1, -1, x.shape[2])))
        forwards, _ = self.forwards(x)
        return torch.cat([forwards, backwards.gather(1, reverse.expand(-1, -1, backwards.shape[2]))], 2)
