"""Which samples make which batch: a function of seed and epoch, and of nothing else."""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.utils.data import Sampler

from ..core.seeds import key
from .group_sampler import WeightedGroupSampler


class BatchSampler(Sampler[tuple[Tensor, int]]):
    """Yields `(places, seed)` a batch. With `shuffle`, every epoch has a permutation of its own; with a `quota`, draws
    by its shares.

    Of `world` processes each takes its part of every batch: they see all samples, each once, in as many steps.
    `batch_size` is that of one process. Nothing is dropped; a rest that would leave a process with less than two
    samples, on which batch normalisation cannot train, joins the batch before it. Lightning calls `set_epoch`.
    """

    def __init__(
        self,
        count: int,
        batch_size: int,
        seed: int,
        shuffle: bool,
        group_sampler: WeightedGroupSampler | None = None,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        self.count, self.batch_size, self.seed, self.shuffle = count, batch_size, seed, shuffle
        self.group_sampler, self.rank, self.world = group_sampler, rank, world
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __len__(self) -> int:
        full, rest = divmod(self.count, self.batch_size * self.world)
        return max(full + (rest >= 2 * self.world), 1)

    def generator(self) -> torch.Generator:
        """What decides an epoch."""
        return torch.Generator().manual_seed(key(self.seed, "order", self.epoch))

    def batches(self) -> Sequence[Tensor]:
        """The places of each batch of an epoch, those of all processes together."""
        if self.group_sampler is not None and self.shuffle:
            order = self.group_sampler.draw(self.generator())
        else:
            order = torch.randperm(self.count, generator=self.generator()) if self.shuffle else torch.arange(self.count)
        size = self.batch_size * self.world
        return order.tensor_split([*range(size, len(self) * size, size)])

    def __iter__(self) -> Iterator[tuple[Tensor, int]]:
        for batch, places in enumerate(self.batches()):
            if self.world == 1:
                yield places, key(self.seed, self.epoch, batch)
            else:
                yield places.tensor_split(self.world)[self.rank], key(self.seed, self.epoch, batch, self.rank)
