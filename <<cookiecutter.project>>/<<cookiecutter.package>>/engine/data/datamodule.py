"""Data module for all datasets: splits, reads, batches, moves and augments samples."""

import logging
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from typing import Any

import torch
from pytorch_lightning import LightningDataModule

from ..core.opened import opened_files
from ..core.plain import PlainData
from ..datasets.dataset import SPLITS, Dataset, Meta, Samples, SplitName
from ..datasets.meta import meta_of
from ..definitions.check import check_batch
from ..definitions.definition import Batch, Definition
from ..transformers.chain import Augment, name_of
from .augmentation import Augmentation, seed_step
from .batch_sampler import BatchOptions, BatchSampler
from .bucket_sampler import BucketBatchSampler, make_batch_sampler
from .collate import index_batch
from .device import make_resident, to_device
from .fingerprint import difference, fingerprint
from .group_sampler import WeightedGroupSampler, weighted_group_sampler
from .loader import Loader, Split
from .options import DataOptions
from .reader import CacheKey, Prepare, SplitReader
from .sharded_rows import shard_order
from .splits import SplitIndices, split_dataset
from .validation_set import ValidationSet

log = logging.getLogger(__name__)


class DataModule(LightningDataModule):
    """Data module over any `dataset`: `DataModule(dataset, pipeline.prepare, batch_size=64)`.

    Args:
        dataset: Source of the raw samples.
        prepare: The cached transformers; each sample passes through them once.
        options: Options; single ones can be given as keyword arguments.
        augment: Augmentation of training batches.
        definition: Definition of the prepared samples, by default the dataset's own.
        cache_key: Required by `options.cache`: everything that determines the prepared samples of a split.
    """

    def __init__(
        self,
        dataset: Dataset,
        prepare: Prepare,
        options: DataOptions | None = None,
        augment: Augment | None = None,
        definition: Definition | None = None,
        cache_key: CacheKey | None = None,
        **changes: Any,
    ) -> None:
        super().__init__()
        self.options = replace(options or DataOptions(), **changes)
        self.dataset, self.prepare, self.definition = dataset, prepare, definition or dataset.definition()
        self.reader = SplitReader(dataset, prepare, self.definition, self.options, cache_key)
        self.augmentation = Augmentation(augment)
        self.splits: dict[SplitName, Batch] = {}
        self.validation_sets: dict[str, ValidationSet] = {}
        self.validation_splits: dict[str, Batch] = {}  # prepared samples of each validation set
        self.checked = False  # whether the first augmented batch of a training has been
        self.group_sampler: WeightedGroupSampler | None = None

    def add_validation_set(self, name: str, dataset: Dataset, cache_key: CacheKey | None = None) -> None:
        """Add a dataset that a training validates on besides its own, with metrics `val/<name>/<metric>`.

        Raises:
            InputError: its definition does not fit.
        """
        reader = SplitReader(dataset, self.prepare, self.definition, self.options, cache_key)
        self.validation_sets[name] = ValidationSet(name, reader)

    @cached_property
    def split_indices(self) -> dict[SplitName, SplitIndices]:
        """Samples of each split, before any is read."""
        with opened_files() as opened:
            indices = split_dataset(self.dataset, self.options.split, self.options.seed, self.options.limit_samples)
        self.dataset.opened |= opened
        return indices

    def setup(self, stage: str) -> None:
        """Read all splits and validation sets once and check them against the definition: errors in the test split are
        raised before the training.
        """
        if not self.splits:
            splits = self.read(*SPLITS)
            kept = SplitIndices("train", splits["train"].id.tolist())
            self.group_sampler = weighted_group_sampler(self.dataset, kept, self.options.sampling.balance)
            self.validation_splits = {name: each.read() for name, each in self.validation_sets.items()}
            self.splits = splits

    def read(self, *splits: SplitName) -> dict[SplitName, Batch]:
        """Read some splits."""
        return {split: self.reader.read(split, self.split_indices[split]) for split in splits}

    @cached_property
    def fingerprint(self) -> PlainData:
        """Which samples the dataset has, and the state of their files, see `fingerprint.py`."""
        sources = dict.fromkeys(indices.source for indices in self.split_indices.values())
        return fingerprint(self.dataset, sources, self.options.hash_contents)

    def state_dict(self) -> PlainData:
        """Fingerprint of the data, for a checkpoint."""
        return self.fingerprint

    def load_state_dict(self, state_dict: PlainData) -> None:
        """Warn if the data have changed since a checkpoint."""
        if change := difference(state_dict, self.fingerprint):
            log.warning("The data have changed since the checkpoint was written (%s).", change)

    @property
    def has_raw_samples(self) -> bool:
        """Whether the dataset has its samples as they were before the cached transformers."""
        return type(self.dataset).prepared is Dataset.prepared

    def samples(self, split: SplitName) -> Samples:
        """Raw samples of a split, indexed by id."""
        return self.reader.samples(self.split_indices[split].source)

    def meta(self, split: SplitName, ids: Iterable[int]) -> list[Meta]:
        """Facts of some samples of a split that are no fields, such as the path of their file."""
        return meta_of(self.dataset, self.split_indices[split].source, ids)

    def in_order(self, split: SplitName) -> Loader:
        """Loader of a split in its order, not augmented; the split is read if it has not been."""
        if split not in self.splits:
            self.splits |= self.read(split)
        return self._loader(self.splits[split], split)

    def preview(self, split: SplitName, count: int = 24, augmented: bool = True) -> Batch:
        """First batch of a shuffled split; training samples are augmented unless not `augmented`."""
        content, options = self.splits[split], BatchOptions(count, self.options.seed, shuffle=True)
        indices, seed = next(iter(BatchSampler(len(content.id), options, shard_order=shard_order(content))))
        batch = index_batch(content, indices, seed)
        return self.augmentation(batch) if split == "train" and augmented else batch

    def _loader(self, content: Batch, name: str, training: bool = False) -> Loader:
        options = self.options
        rank, world_size = (0, 1) if self.trainer is None else (self.trainer.global_rank, self.trainer.world_size)
        batches = BatchOptions(options.batch_size, options.seed, training, rank, world_size)
        sampler = make_batch_sampler(content, batches, options.sampling, self.group_sampler if training else None)
        if isinstance(sampler, BucketBatchSampler):
            log.info("%s: %.1f %% of the tokens in its batches are padding", name, 100 * sampler.padding())
        per_sample = self.augmentation.per_sample
        if options.device_resident:
            device = torch.device("cpu") if self.trainer is None else self.trainer.strategy.root_device
            content = make_resident(content, device, per_sample)
        split = Split(content, per_sample if training else None, options.num_workers)
        return Loader(split, sampler, options.num_workers, options.timeout)

    def train_dataloader(self) -> Loader:
        if self.augmentation.per_sample is not None:
            log.warning(
                "The augmentation works on one sample at a time, in num_workers = %d processes: it is slow compared "
                "with one for whole batches.",
                self.options.num_workers,
            )
        return self._loader(self.splits["train"], "train", training=True)

    def val_dataloader(self) -> Loader | list[Loader]:
        main = self._loader(self.splits["val"], "val")
        further = [self._loader(content, f"val/{name}") for name, content in self.validation_splits.items()]
        return [main, *further] if further else main

    def test_dataloader(self) -> Loader:
        return self._loader(self.splits["test"], "test")

    def transfer_batch_to_device(self, batch: Batch, device: torch.device, dataloader_idx: int) -> Batch:
        return to_device(batch, device)

    def on_after_batch_transfer(self, batch: Batch, dataloader_idx: int) -> Batch:
        if self.trainer is None or not self.trainer.training:
            return batch
        seed_step(batch)
        augmented = batch if self.augmentation.per_sample is not None else self.augmentation(batch)
        if self.augmentation.augment is not None and not self.checked:
            check_batch(self.definition, augmented, f"augmentation by {name_of(self.augmentation.augment)}")
            self.checked = True
        return augmented
