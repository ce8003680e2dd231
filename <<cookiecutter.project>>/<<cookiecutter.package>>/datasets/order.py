"""Which samples make which batch: a function of seed and epoch, and of nothing else."""

from collections.abc import Iterator
from hashlib import blake2b

import torch
from torch import Tensor
from torch.utils.data import Sampler


def key(*parts: int | str) -> int:
    """A seed from its parts (seed, epoch, batch, …), the same on every machine."""
    digest = blake2b(repr(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1


class BatchOrder(Sampler[tuple[Tensor, int]]):
    """Yields `(places, seed)` a batch. With `shuffle`, every epoch has a permutation of its own.

    Nothing is dropped, except, when shuffled, a remainder of a single sample: batch normalisation cannot train on one.
    Lightning calls `set_epoch`.
    """

    def __init__(self, count: int, batch_size: int, seed: int, shuffle: bool) -> None:
        self.count, self.batch_size, self.seed, self.shuffle = count, batch_size, seed, shuffle
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        self.epoch = epoch

    def __len__(self) -> int:
        full, rest = divmod(self.count, self.batch_size)
        lonely = self.shuffle and rest == 1 and full > 0
        return full + (rest > 0 and not lonely)

    def __iter__(self) -> Iterator[tuple[Tensor, int]]:
        order = torch.arange(self.count)
        if self.shuffle:
            generator = torch.Generator().manual_seed(key(self.seed, "order", self.epoch))
            order = torch.randperm(self.count, generator=generator)
        for batch, places in enumerate(order.split(self.batch_size)[: len(self)]):
            yield places, key(self.seed, self.epoch, batch)
