"""From a split to its batches, and how long training waits for them."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from ..definitions.definition import Batch
from .batch_sampler import BatchSampler
from .collate import identity, index_batch
from .memmap_store import LazyRows

Augment = Callable[[Batch, torch.Generator], Batch]


class Split(TorchDataset[Batch]):
    """Samples, indexed by what a `BatchSampler` yields: one operation a batch, then what is done sample by sample."""

    def __init__(self, content: Batch, per_sample: Augment | None = None) -> None:
        self.content, self.per_sample = content, per_sample

    def __len__(self) -> int:
        return len(self.content.id)

    def __getitem__(self, item: tuple[Tensor, int]) -> Batch:
        places, seed = item
        batch = index_batch(self.content, places.to(self.content.id.device), seed)
        return batch if self.per_sample is None else self.per_sample(batch, torch.Generator().manual_seed(seed))


class Loader(DataLoader[Any]):
    """PyTorch's DataLoader over a split. `waited`: the seconds that its user spent waiting for a batch, so far.

    `num_workers` processes do what is done sample by sample; without that, a batch is there sooner than another process
    could hand it over.
    """

    def __init__(self, split: Split, order: BatchSampler, num_workers: int = 0) -> None:
        workers = 0 if split.per_sample is None else num_workers
        here = split.content.id.device.type == "cpu"
        super().__init__(
            split,
            batch_size=None,
            sampler=order,
            collate_fn=identity,
            num_workers=workers,
            persistent_workers=workers > 0,
            pin_memory=here and torch.cuda.is_available(),
        )
        self.split, self.order, self.waited = split, order, 0.0

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
        started = time.perf_counter()
        batches = super().__iter__()
        while True:
            batch = next(batches, None)
            self.waited += time.perf_counter() - started
            if batch is None:
                return
            yield batch
            started = time.perf_counter()

    def advice(self) -> str:
        """What makes batches come sooner."""
        if self.split.per_sample is not None:
            return f"raise dataset.num_workers (now {self.num_workers}), or take an augmentation for whole batches"
        if any(isinstance(field, LazyRows) for field in self.split.content.input):
            return "the samples are read from files: raise cache.memory, or let cache.dir be on a faster disk"
        return "raise dataset.batch_size, or on a GPU let the samples live there: dataset.device_resident=true"
