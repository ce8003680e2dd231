"""Which samples make which batch: a function of seed and epoch, and of nothing else."""

from collections.abc import Iterator
from hashlib import blake2b

import torch
from torch import Tensor
from torch.utils.data import Sampler

from .quota import Quota


def key(*parts: int | str) -> int:
    """A seed from its parts (seed, epoch, batch, …), the same on every machine."""
    digest = blake2b(repr(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


class BatchOrder(Sampler[tuple[Tensor, int]]):
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
        quota: Quota | None = None,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        self.count, self.batch_size, self.seed, self.shuffle = count, batch_size, seed, shuffle
        self.quota, self.rank, self.world = quota, rank, world
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __len__(self) -> int:
        full, rest = divmod(self.count, self.batch_size * self.world)
        return max(full + (rest >= 2 * self.world), 1)

    def _order(self) -> Tensor:
        if not self.shuffle:
            return torch.arange(self.count)
        generator = torch.Generator().manual_seed(key(self.seed, "order", self.epoch))
        if self.quota is not None:
            return self.quota.draw(generator)
        return torch.randperm(self.count, generator=generator)

    def __iter__(self) -> Iterator[tuple[Tensor, int]]:
        order, size, last = self._order(), self.batch_size * self.world, len(self) - 1
        for batch in range(last + 1):
            places = order[batch * size : None if batch == last else (batch + 1) * size]
            if self.world == 1:
                yield places, key(self.seed, self.epoch, batch)
            else:
                yield places.tensor_split(self.world)[self.rank], key(self.seed, self.epoch, batch, self.rank)
