"""Batches of samples of like length, so that little of a batch is padding."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ..core.errors import InputError
from ..definitions.definition import Batch
from ..definitions.ragged import Ragged
from .batch_sampler import BatchSampler
from .group_sampler import WeightedGroupSampler


class BucketBatchSampler(BatchSampler):
    """A `BatchSampler` that takes each batch from one of `buckets` groups of samples, which are as large as one another
    and hold the shortest samples, the next longer ones, and so on.

    A batch has at most `batch_size` samples, and at most `max_tokens` tokens: samples x length of the longest. Both
    count for each process. With `shuffle`, every epoch makes other batches of a group, and has them in another order;
    their number stays.

    Raises:
        InputError: a sample is longer than `max_tokens`, or a batch cannot give every process a sample.
    """

    def __init__(
        self,
        lengths: Tensor,
        buckets: int,
        max_tokens: int | None,
        batch_size: int,
        seed: int,
        shuffle: bool,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        super().__init__(len(lengths), batch_size, seed, shuffle, None, rank, world)
        self.lengths = lengths
        longest = int(lengths.max())
        if max_tokens is not None and longest > max_tokens:
            raise InputError(
                f"dataset.max_tokens = {max_tokens}, but a sample has {longest} tokens: expected {longest} or more."
            )
        by_length = lengths.argsort(stable=True)
        least = 2 * world  # samples of a group
        self.groups = [
            group.sort().values for group in by_length.tensor_split(max(min(buckets, self.count // least), 1))
        ]
        self.counts = [self._count(group, max_tokens) for group in self.groups]

    def _count(self, group: Tensor, max_tokens: int | None) -> int:
        """How many batches a group makes."""
        longest, size = int(self.lengths[group].max()), self.batch_size
        if max_tokens is not None:
            size = min(size, max_tokens // max(longest, 1))
        count = -(-len(group) // (size * self.world))
        if len(group) < count * self.world:
            raise InputError(
                f"dataset.max_tokens = {max_tokens} leaves {size} samples of length {longest} to each of {self.world} "
                f"processes, and one of {len(group)} such samples would get none: raise it, or dataset.buckets lower."
            )
        return count

    def __len__(self) -> int:
        return sum(self.counts)

    def batches(self) -> Sequence[Tensor]:
        generator = self.generator()
        made: list[Tensor] = []
        for group, count in zip(self.groups, self.counts, strict=True):
            order = torch.randperm(len(group), generator=generator) if self.shuffle else torch.arange(len(group))
            made += group[order].tensor_split(count)  # of the same size, to one sample: none is left with a lonely one
        if not self.shuffle:
            return made
        return [made[batch] for batch in torch.randperm(len(made), generator=generator).tolist()]

    def padding(self) -> float:
        """The share of an epoch's tokens that are padding."""
        taken = sum(len(places) * int(self.lengths[places].max()) for places in self.batches())
        return 1 - int(self.lengths.sum()) / max(taken, 1)


def lengths_of(batch: Batch) -> Tensor | None:
    """How long each sample is: the longest of those fields of its input that differ in length; None without any."""
    lengths = [field.lengths for field in batch.input if isinstance(field, Ragged)]
    return torch.stack(lengths).amax(0) if lengths else None


def make_batch_sampler(
    content: Batch,
    buckets: int,
    max_tokens: int | None,
    batch_size: int,
    seed: int,
    shuffle: bool,
    group_sampler: WeightedGroupSampler | None = None,
    rank: int = 0,
    world: int = 1,
) -> BatchSampler:
    """The order for these samples: by length where they differ in length, and no `quota` decides.

    Raises:
        InputError: as `BucketBatchSampler`; or `max_tokens` is given where it cannot be kept.
    """
    lengths = lengths_of(content)
    if lengths is not None and group_sampler is None:
        return BucketBatchSampler(lengths, buckets, max_tokens, batch_size, seed, shuffle, rank, world)
    if max_tokens is not None:
        why = "no field of the input does" if lengths is None else "no dataset.balance or dataset.ratios beside it"
        raise InputError(f"dataset.max_tokens needs samples that differ in length, {why}: leave it null.")
    return BatchSampler(len(content.id), batch_size, seed, shuffle, group_sampler, rank, world)
