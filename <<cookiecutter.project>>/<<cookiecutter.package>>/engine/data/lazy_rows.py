"""Rows of a memory-mapped tensor."""

from collections.abc import Iterator

import torch
from torch import Tensor


class LazyRows:
    """The rows at `indices` of a memory-mapped tensor, read when they are indexed."""

    def __init__(self, tensor: Tensor, indices: Tensor) -> None:
        self.tensor, self.indices = tensor, indices
        self.shape, self.dtype = torch.Size([len(indices), *tensor.shape[1:]]), tensor.dtype

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: Tensor | slice) -> Tensor:
        return self.tensor[self.indices[index]]

    def split(self, size: int) -> Iterator[Tensor]:
        """Chunks of `size` rows, like `Tensor.split`."""
        return (self[start : start + size] for start in range(0, len(self), size))
