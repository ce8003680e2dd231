"""Batches as a function of seed and epoch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.utils.data import Sampler

from ..core.seeds import derive_seed
from .group_sampler import WeightedGroupSampler
from .sharded_rows import ShardOrder


@dataclass(frozen=True)
class BatchOptions:
    """Size and order of batches, for process `rank` of `world_size`; `batch_size` is that of one process."""

    batch_size: int
    seed: int = 0
    shuffle: bool = False
    rank: int = 0
    world_size: int = 1


class BatchSampler(Sampler[tuple[Tensor, int]]):
    """Yield `(indices, seed)` for each batch of an epoch. Lightning calls `set_epoch`.

    With `shuffle`, every epoch is another permutation, or is drawn by a `group_sampler`. Each process takes its part of
    every batch: together they see all samples, each once, in the same number of steps.

    No sample is dropped. A last batch with fewer than two samples for each process, on which batch normalisation cannot
    train, is added to the batch before it.

    A `shard_order` changes the order, so that few shards are read at a time.
    """

    def __init__(
        self,
        count: int,
        options: BatchOptions,
        group_sampler: WeightedGroupSampler | None = None,
        shard_order: ShardOrder | None = None,
    ) -> None:
        self.count, self.options, self.group_sampler, self.shard_order = count, options, group_sampler, shard_order
        self.epoch = 0
        self.start = 0
        """First batch of the next epoch that is iterated: a resumed run begins within one."""

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    @property
    def global_batch_size(self) -> int:
        """Samples of a batch of all processes."""
        return self.options.batch_size * self.options.world_size

    def __len__(self) -> int:
        full, rest = divmod(self.count, self.global_batch_size)
        return max(full + (rest >= 2 * self.options.world_size), 1)

    def generator(self) -> torch.Generator:
        """Generator of the epoch's order."""
        return torch.Generator().manual_seed(derive_seed(self.options.seed, "order", self.epoch))

    def batches(self) -> Sequence[Tensor]:
        """Indices of each batch of the epoch, over all processes."""
        generator = self.generator()
        if not self.options.shuffle:
            order = torch.arange(self.count)
        elif self.group_sampler is not None:
            order = self.group_sampler.draw(generator)
        else:
            order = torch.randperm(self.count, generator=generator)
        if self.shard_order is not None and self.options.shuffle:
            order = self.shard_order.arrange(order, generator)
        size = self.global_batch_size
        return order.tensor_split([*range(size, len(self) * size, size)])

    def __iter__(self) -> Iterator[tuple[Tensor, int]]:
        seed, rank, world_size = self.options.seed, self.options.rank, self.options.world_size
        start, self.start = self.start, 0
        batches = self.batches()
        if self.shard_order is not None and start < len(batches):
            self.shard_order.announce(torch.cat([*batches[start:]]))
        for batch, indices in enumerate(batches[start:], start):
            if world_size == 1:
                yield indices, derive_seed(seed, self.epoch, batch)
            else:
                yield indices.tensor_split(world_size)[rank], derive_seed(seed, self.epoch, batch, rank)
