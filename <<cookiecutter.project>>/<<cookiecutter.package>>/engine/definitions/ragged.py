"""Fields whose samples differ in length."""

from collections.abc import Iterator, Sequence
from typing import Self

import torch
from torch import Tensor

from .check import axes
from .definition import Definition


class Ragged:
    """Field of samples of different lengths: sample `i` is `values[starts[i] : starts[i] + lengths[i]]`.

    Indexing by several indices returns a tensor (samples, length of the longest, …), padded with `fill`. A network that
    must distinguish padding from values needs a field for the length in its definition, with the marker `Length`.
    """

    def __init__(self, values: Tensor, starts: Tensor, lengths: Tensor, fill: float = 0) -> None:
        self.values, self.starts, self.lengths, self.fill = values, starts, lengths, fill

    @classmethod
    def of(cls, samples: Sequence[Tensor], fill: float = 0) -> Self:
        """Build the field from one tensor (length, …) per sample."""
        lengths = torch.tensor([len(sample) for sample in samples])
        return cls(torch.cat(list(samples)), lengths.cumsum(0) - lengths, lengths, fill)

    @classmethod
    def join(cls, parts: Sequence[Self]) -> Self:
        """Concatenate fields along the batch axis."""
        sizes = torch.tensor([len(part.values) for part in parts])
        starts = [part.starts + before for part, before in zip(parts, (sizes.cumsum(0) - sizes).tolist(), strict=True)]
        values = torch.cat([part.values for part in parts])
        return cls(values, torch.cat(starts), torch.cat([part.lengths for part in parts]), parts[0].fill)

    @property
    def shape(self) -> torch.Size:
        """Shape of all samples in one padded tensor."""
        return torch.Size([len(self), int(self.lengths.max()), *self.values.shape[1:]])

    @property
    def dtype(self) -> torch.dtype:
        return self.values.dtype

    def __len__(self) -> int:
        return len(self.lengths)

    def __getitem__(self, index: Tensor | slice) -> Tensor:
        starts, lengths = self.starts[index, None], self.lengths[index, None]
        steps = torch.arange(int(lengths.max()), device=lengths.device)
        inside = steps < lengths
        rows = self.values[torch.where(inside, starts + steps, 0)]
        rows[~inside] = self.fill
        return rows

    def split(self, size: int) -> Iterator[Tensor]:
        """Chunks of `size` samples, like `Tensor.split`."""
        return (self[start : start + size] for start in range(0, len(self), size))

    def packed(self) -> Self:
        """Copy in memory with only the values of its samples, in their order."""
        starts = self.lengths.cumsum(0) - self.lengths
        shifts = (self.starts - starts).repeat_interleave(self.lengths)
        return type(self)(self.values[torch.arange(len(shifts)) + shifts], starts, self.lengths, self.fill)

    def to(self, device: torch.device, non_blocking: bool = False) -> Self:
        """Copy on a device."""
        parts = (self.values, self.starts, self.lengths)
        values, starts, lengths = (part.to(device, non_blocking=non_blocking) for part in parts)
        return type(self)(values, starts, lengths, self.fill)


def inside(length: Tensor, count: int) -> Tensor:
    """Mask (batch, count) of the first `length` (batch) elements of each sample, those that are not padding."""
    return torch.arange(count, device=length.device) < length.unsqueeze(1)


def values_of(field: Tensor | Ragged) -> Tensor:
    """Values of all samples, without padding."""
    return field.packed().values if isinstance(field, Ragged) else field


def ragged_fields(definition: Definition) -> set[tuple[str, str]]:
    """(`input` or `target`, field) of each field whose first axis after the batch has no size in the definition."""
    parts, sizes = {"input": definition.Input, "target": definition.Target}, definition.sizes()
    return {
        (part, field)
        for part, tuple_type in parts.items()
        for field in tuple_type._fields
        if len(names := axes(tuple_type, field)) > 1 and names[1].isidentifier() and names[1] not in sizes
    }
