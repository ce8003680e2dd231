"""Pre-processing: mean 0 and standard deviation 1 for each channel of a field."""

from math import prod
from typing import NamedTuple

import torch
from torch import Tensor, nn

from ..engine.definitions.check import axes
from ..engine.definitions.definition import Definition, InputT

CHUNK = 2**21  # number of values converted to float64 at a time


class Standardize(nn.Module):
    """Standardize `field` to `(x - mean) / std` along axis 1, as float32; both are buffers, from the training split."""

    mean: Tensor
    std: Tensor

    def __init__(self, definition: Definition, field: str) -> None:
        super().__init__()
        self.field = field
        axis = axes(definition.Input, field)[1]
        channels = int(axis) if axis.isdecimal() else definition.sizes()[axis]
        self.register_buffer("mean", torch.zeros(channels))
        self.register_buffer("std", torch.ones(channels))

    def fit(self, input: NamedTuple) -> None:
        """Compute mean and std from the samples of a split. A constant channel keeps std 1."""
        values = getattr(input, self.field)
        count, total, squares = 0, torch.zeros_like(self.mean).double(), torch.zeros_like(self.mean).double()
        for chunk in values.split(max(CHUNK // max(prod(values.shape[1:]), 1), 1)):
            rows = chunk.transpose(0, 1).flatten(1).double()
            count, total, squares = count + rows.shape[1], total + rows.sum(1), squares + rows.square().sum(1)
        mean = total / count
        std = (squares / count - mean.square()).clamp(min=0).sqrt()
        self.mean.copy_(mean)
        self.std.copy_(torch.where(std > 0, std, torch.ones_like(std)))

    def forward(self, input: InputT) -> InputT:
        values = getattr(input, self.field)
        shape = (-1,) + (1,) * (values.ndim - 2)
        values = (values.float() - self.mean.view(shape)) / self.std.view(shape)
        return input._replace(**{self.field: values})
