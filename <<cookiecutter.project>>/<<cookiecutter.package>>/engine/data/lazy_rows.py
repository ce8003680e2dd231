"""Rows of tensors, in memory or mapped from files."""

from collections.abc import Iterator

import torch
from torch import Tensor

from ..definitions.ragged import Ragged


class LazyRows:
    """Rows at `indices` of a memory-mapped tensor, read when they are indexed."""

    def __init__(self, tensor: Tensor, indices: Tensor) -> None:
        self.tensor, self.indices = tensor, indices
        self.shape, self.dtype = torch.Size([len(indices), *tensor.shape[1:]]), tensor.dtype

    def __len__(self) -> int:
        return len(self.indices)

    def __getitem__(self, index: Tensor | slice) -> Tensor:
        return rows_of(self.tensor, self.indices[index])

    def split(self, size: int) -> Iterator[Tensor]:
        """Chunks of `size` rows, like `Tensor.split`."""
        return (self[start : start + size] for start in range(0, len(self), size))


def rows_of(field: Tensor | LazyRows | Ragged, indices: Tensor | slice) -> Tensor:
    """Rows of a field as one tensor."""
    if isinstance(field, Tensor) and isinstance(indices, Tensor):
        return field.index_select(0, indices)  # copies whole rows: several times as fast as `field[indices]`
    rows: Tensor = field[indices]
    return rows
