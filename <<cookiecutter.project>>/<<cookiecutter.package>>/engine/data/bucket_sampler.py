"""Batches of samples of similar length, with little padding."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ..core.errors import InputError
from ..definitions.definition import Batch
from ..definitions.ragged import Ragged
from .batch_sampler import BatchOptions, BatchSampler
from .group_sampler import WeightedGroupSampler
from .options import SamplingOptions
from .sharded_rows import shard_order


class BucketBatchSampler(BatchSampler):
    """`BatchSampler` whose batches come from `buckets` groups of samples, equal in size and sorted by length.

    A batch has at most `batch_size` samples and at most `max_tokens` tokens (samples x longest sample), for each
    process. With `shuffle`, every epoch has other batches within the groups, in another order, but the same number.

    Raises:
        InputError: a sample is longer than `max_tokens`, or a batch has fewer samples than there are processes.
    """

    def __init__(self, lengths: Tensor, buckets: int, max_tokens: int | None, options: BatchOptions) -> None:
        super().__init__(len(lengths), options)
        self.lengths, self.max_tokens = lengths, max_tokens
        longest = int(lengths.max())
        if max_tokens is not None and longest > max_tokens:
            raise InputError(
                f"max_tokens = {max_tokens}, but a sample has {longest} tokens: expected {longest} or more."
            )
        by_length = lengths.argsort(stable=True)
        smallest_group = 2 * options.world_size
        number = max(min(buckets, self.count // smallest_group), 1)
        self.groups = [group.sort().values for group in by_length.tensor_split(number)]
        self.counts = [self._count_batches(group) for group in self.groups]

    def _count_batches(self, group: Tensor) -> int:
        longest, size, world_size = int(self.lengths[group].max()), self.options.batch_size, self.options.world_size
        if self.max_tokens is not None:
            size = min(size, self.max_tokens // max(longest, 1))
        count = -(-len(group) // (size * world_size))
        if len(group) < count * world_size:
            raise InputError(
                f"max_tokens = {self.max_tokens} leaves {size} samples of length {longest} to each of {world_size} "
                f"processes, and one of {len(group)} samples of this length would get none: raise it, or lower buckets."
            )
        return count

    def __len__(self) -> int:
        return sum(self.counts)

    def batches(self) -> Sequence[Tensor]:
        generator, shuffle = self.generator(), self.options.shuffle
        batches: list[Tensor] = []
        for group, count in zip(self.groups, self.counts, strict=True):
            order = torch.randperm(len(group), generator=generator) if shuffle else torch.arange(len(group))
            batches += group[order].tensor_split(count)  # equal sizes, to within one sample
        if not shuffle:
            return batches
        return [batches[index] for index in torch.randperm(len(batches), generator=generator).tolist()]

    def padding(self) -> float:
        """Share of an epoch's tokens that are padding."""
        total = sum(len(indices) * int(self.lengths[indices].max()) for indices in self.batches())
        return 1 - int(self.lengths.sum()) / max(total, 1)


def lengths_of(batch: Batch) -> Tensor | None:
    """Length of each sample: that of its longest input field of variable length; None without one."""
    lengths = [field.lengths for field in batch.input if isinstance(field, Ragged)]
    return torch.stack(lengths).amax(0) if lengths else None


def make_batch_sampler(
    content: Batch, options: BatchOptions, sampling: SamplingOptions, group_sampler: WeightedGroupSampler | None = None
) -> BatchSampler:
    """`BucketBatchSampler` for samples of variable length, unless a `group_sampler` decides the order.

    Raises:
        InputError: see `BucketBatchSampler`; or `max_tokens` is given for samples of fixed length or a `group_sampler`.
    """
    lengths = lengths_of(content)
    if lengths is not None and group_sampler is None:
        return BucketBatchSampler(lengths, sampling.buckets, sampling.max_tokens, options)
    if sampling.max_tokens is not None:
        reason = "no field of the input does" if lengths is None else "and neither balance nor ratios"
        raise InputError(f"max_tokens needs samples that differ in length, {reason}: leave it null.")
    return BatchSampler(len(content.id), options, group_sampler, shard_order(content))
