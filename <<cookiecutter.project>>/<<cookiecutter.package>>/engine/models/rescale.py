"""Scaling of a network's outputs to the training targets."""

import torch
from torch import Tensor, nn

from ..core.errors import InputError


class Rescale(nn.Module):
    """`x * std + mean` for each of `outputs` numbers, with mean and std of the training targets as buffers.

    A network that ends with it calls `fit` from its own `fit_target`, and learns numbers of mean 0 and std 1.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, outputs: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(outputs))
        self.register_buffer("std", torch.ones(outputs))

    def fit(self, values: Tensor) -> None:
        """Set mean and std to those of `values` (samples, outputs); equal values keep std 1."""
        std = values.double().std(0, correction=0)
        self.mean.copy_(values.double().mean(0))
        self.std.copy_(torch.where(std > 0, std, torch.ones_like(std)))

    def forward(self, x: Tensor) -> Tensor:
        """Scale (B, outputs).

        Raises:
            InputError: there are more or fewer numbers, which would broadcast.
        """
        if x.shape[-1] != len(self.mean):
            raise InputError(f"Rescale gets {x.shape[-1]} numbers for a sample, expected {len(self.mean)}.")
        return x * self.std + self.mean
