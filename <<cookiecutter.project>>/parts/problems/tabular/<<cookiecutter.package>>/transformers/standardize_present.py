"""Pre-processing of rows: mean 0 and standard deviation 1 for each column of numbers."""

import torch
from torch import Tensor, nn

from ..definitions.tabular import RowInput, Tabular


class StandardizePresent(nn.Module):
    """Standardize each column to `(x - mean) / std`; a missing number becomes 0, the mean.

    Mean and std of the present numbers of the training split are buffers. A constant column keeps std 1.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, definition: Tabular) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(len(definition.numbers)))
        self.register_buffer("std", torch.ones(len(definition.numbers)))

    def fit(self, input: RowInput) -> None:
        """Compute mean and std from the rows of a split."""
        numbers, present = input.numbers[:].double(), input.present[:].double()
        count = present.sum(0).clamp(min=1)
        mean = (numbers * present).sum(0) / count
        std = (((numbers - mean) * present).square().sum(0) / count).sqrt()
        self.mean.copy_(mean)
        self.std.copy_(torch.where(std > 0, std, torch.ones_like(std)))

    def forward(self, input: RowInput) -> RowInput:
        standardized = (input.numbers - self.mean) / self.std
        return input._replace(numbers=torch.where(input.present, standardized, torch.zeros_like(standardized)))
