"""Loader of a split that measures the time spent waiting for batches."""

import time
from collections.abc import Callable, Iterator

import torch
from torch import Tensor
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from ..definitions.definition import Batch
from ..transformers.chain import Augment, apply
from .batch_sampler import BatchSampler
from .collate import identity, index_batch
from .lazy_rows import LazyRows
from .workers import Places, share, watched


class Split(TorchDataset[Batch]):
    """Samples indexed by the batches of a `BatchSampler`: one operation for a batch, then `per_sample` augmentation."""

    def __init__(self, content: Batch, per_sample: Augment | None = None, num_workers: int = 0) -> None:
        self.content, self.per_sample, self.places = content, per_sample, Places(num_workers)

    def __len__(self) -> int:
        return len(self.content.id)

    def __getitem__(self, item: tuple[Tensor, int]) -> Batch:
        indices, seed = item
        batch = index_batch(self.content, indices.to(self.content.id.device), seed)
        if self.per_sample is None:
            return batch
        self.places.enter(int(batch.id[0]))
        augmented = apply(self.per_sample, batch, torch.Generator().manual_seed(seed))
        self.places.leave()
        return share(augmented)


class Loader(DataLoader[Batch]):
    """DataLoader over a split. `waited`: seconds that its consumer has spent waiting for batches.

    `between_batches` is called with the number of batches so far before each one is given out: at that moment, all of
    the batch before is done. A checkpoint that it saves continues at this batch.

    Workers are used for `per_sample` augmentation only: other batches are indexed faster than a worker could send them.
    """

    sampler: BatchSampler

    def __init__(self, split: Split, sampler: BatchSampler, num_workers: int = 0, timeout: float = 0) -> None:
        workers = 0 if split.per_sample is None else num_workers
        on_cpu = split.content.id.device.type == "cpu"
        super().__init__(
            split,
            batch_size=None,
            sampler=sampler,
            collate_fn=identity,
            num_workers=workers,
            timeout=timeout if workers else 0,
            persistent_workers=workers > 0,
            pin_memory=on_cpu and torch.cuda.is_available(),
        )
        self.split, self.waited = split, 0.0
        self.between_batches: Callable[[int], None] | None = None
        self.position = self.saved_position = 0

    def __iter__(self) -> Iterator[Batch]:  # type: ignore[override]
        started = time.perf_counter()
        # A generator does this at its first batch: Lightning restores the position after it calls `iter`.
        first, self.saved_position = self.saved_position, 0
        self.sampler.start = first
        batches = watched(self, self.split.places, _describe) if self.num_workers else super().__iter__()
        for number, batch in enumerate(batches, first):
            self.waited += time.perf_counter() - started
            if self.between_batches is not None:
                self.position = number
                self.between_batches(number)
                self.position = 0
            yield batch
            started = time.perf_counter()
        self.waited += time.perf_counter() - started

    def state_dict(self) -> dict[str, int]:
        """Batches of the epoch that are done: Lightning puts it into checkpoints. 0 at the end of an epoch."""
        return {"batches": self.position}

    def load_state_dict(self, state_dict: dict[str, int]) -> None:
        self.saved_position = state_dict["batches"]

    def advice(self) -> str:
        """Advice for loading batches faster."""
        if self.split.per_sample is not None:
            return f"raise num_workers (now {self.num_workers}), or use an augmentation for whole batches"
        if self.sampler.shard_order is not None:
            return "the samples are read from shards: raise cache_gib of the dataset, or copy them to a local disk"
        if any(isinstance(field, LazyRows) for field in self.split.content.input):
            return "the samples are read from files: raise the cache's memory, or move its dir to a faster disk"
        return "raise batch_size, or on a GPU keep the samples there with device_resident=true"


def _describe(ids: list[int]) -> str:
    return f"the augmentation of a batch that begins with {' or '.join(f'sample {each}' for each in ids) or 'a sample'}"
