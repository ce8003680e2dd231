"""Rows of tensors in shards, read when they are indexed, and the order of samples that reads few shards at a time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ..definitions.definition import Batch
from ..definitions.ragged import Ragged
from .lazy_rows import LazyRows
from .shards import Shards


class Places:
    """Where the samples of a split lie: sample `i` is in shard `s` if `ends[s - 1] <= i < ends[s]`."""

    def __init__(self, shards: Shards) -> None:
        self.shards = shards
        self.ends = torch.tensor([shard.samples for shard in shards.shards]).cumsum(0)

    def shard_of(self, samples: Tensor) -> Tensor:
        """Shard of each sample, (count,) int64."""
        return torch.bucketize(samples, self.ends, right=True)

    def gather(
        self, samples: Tensor, read: Callable[[dict[str, Tensor], Tensor], Tensor]
    ) -> list[tuple[Tensor, Tensor]]:
        """(places in `samples`, what `read` gives of them) for each shard that is needed; `read` gets the tensors of a
        shard and rows in it.
        """
        numbers = self.shard_of(samples)
        parts = []
        for number in numbers.unique().tolist():
            here = (numbers == number).nonzero().flatten()
            first = int(self.ends[number - 1]) if number else 0
            parts.append((here, read(self.shards.tensors(number), samples[here] - first)))
        return parts


class ShardedRows(LazyRows):
    """Rows of a field of fixed shape."""

    def __init__(self, places: Places, name: str, samples: Tensor, row: Sequence[int], dtype: torch.dtype) -> None:
        self.places, self.name, self.indices = places, name, samples
        self.shape, self.dtype = torch.Size([len(samples), *row]), dtype

    def __getitem__(self, index: Tensor | slice) -> Tensor:
        samples = self.indices[index]
        parts = self.places.gather(samples, lambda tensors, rows: tensors[self.name].index_select(0, rows))
        if len(parts) == 1:
            return parts[0][1]
        found = torch.empty(len(samples), *self.shape[1:], dtype=self.dtype)
        for here, rows in parts:
            found[here] = rows
        return found


class ShardedRagged(ShardedRows):
    """Rows of a field whose samples differ in length, padded with `fill` to the longest of those that are read.

    `row`: shape of the longest sample.
    """

    def __init__(
        self, places: Places, name: str, samples: Tensor, row: Sequence[int], dtype: torch.dtype, fill: float
    ) -> None:
        super().__init__(places, name, samples, row, dtype)
        self.fill = fill

    def __getitem__(self, index: Tensor | slice) -> Tensor:
        samples = self.indices[index]
        parts = self.places.gather(samples, self._padded)
        longest = max(rows.shape[1] for _, rows in parts)
        found = torch.full([len(samples), longest, *self.shape[2:]], self.fill, dtype=self.dtype)
        for here, rows in parts:
            found[here, : rows.shape[1]] = rows
        return found

    def _padded(self, tensors: dict[str, Tensor], rows: Tensor) -> Tensor:
        lengths = tensors[f"{self.name}.lengths"]
        return Ragged(tensors[f"{self.name}.values"], lengths.cumsum(0) - lengths, lengths, self.fill)[rows]


@dataclass(frozen=True)
class ShardOrder:
    """Order in which `window` shards are read at a time.

    Args:
        shard_of: Shard of each sample, (count,) int64.
        shards: The shards, which are told what is read next.
    """

    shard_of: Tensor
    shards: Shards

    def arrange(self, order: Tensor, generator: torch.Generator) -> Tensor:
        """Sort a random order of samples by groups of `window` shards, whose own order is random too: each group is a
        random order of its samples.
        """
        ranks = torch.randperm(len(self.shards.shards), generator=generator)
        groups = ranks[self.shard_of[order]] // self.shards.window
        return order[groups.argsort(stable=True)]

    def announce(self, order: Tensor) -> None:
        """Tell the shards in which order they will be read."""
        numbers = self.shard_of[order]
        first = torch.full([len(self.shards.shards)], len(order))
        first.scatter_reduce_(0, numbers, torch.arange(len(order)), "amin")
        self.shards.plan = [number for number in first.argsort(stable=True).tolist() if first[number] < len(order)]


def shard_order(content: Batch) -> ShardOrder | None:
    """Order for the samples of a split that are read from shards; None for others."""
    for field in [*content.input, *content.target]:
        if isinstance(field, ShardedRows):
            return ShardOrder(field.places.shard_of(field.indices), field.places.shards)
    return None
