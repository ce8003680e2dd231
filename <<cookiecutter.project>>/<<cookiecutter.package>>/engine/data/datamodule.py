"""The one data module: it splits, reads, batches, moves and augments the samples of any dataset."""

import logging
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

import torch
from annotated_types import Ge, Interval
from lightning_fabric.utilities.apply_func import move_data_to_device
from pytorch_lightning import LightningDataModule

from ..core.errors import InputError
from ..datasets.dataset import SPLITS, Dataset, Samples, SplitName, paths_of
from ..definitions.definition import Batch, Definition, Sample
from .batch_sampler import BatchSampler
from .bucket_sampler import BucketBatchSampler, make_batch_sampler
from .cache import Cache
from .collate import index_batch
from .group_sampler import WeightedGroupSampler
from .loader import Augment, Loader, Split
from .memmap_store import LazyRows
from .prepare import load
from .splits import Filter, Part, divide, weighted_group_sampler

log = logging.getLogger(__name__)


class Prepare(Protocol):
    """The cached transformers, as they work in one mode (the name of the split); None drops the sample."""

    def __call__(self, sample: Sample, mode: SplitName) -> Sample | None: ...


class DataModule(LightningDataModule):
    """Serves `dataset`, each sample sent once through `prepare`; what comes of that fits `definition`, the dataset's
    own if there is none.

    With a `cache`, prepared samples are kept in files by their `cache_key`. `augment` changes training batches on the
    device; one that has `per_sample` works before, on the CPU. `num_workers` processes read and prepare the samples,
    and do what is `per_sample`; batches come from memory and need none. `val_fraction` of the training samples validate
    where the dataset has no validation split of its own; with `folds`, part number `fold` of so many validates,
    whatever the dataset has. `limit` takes so many samples of each split, evenly spread, of those that `filter` keeps.
    With `balance`, every class comes equally often in training. Samples that differ in length make batches as
    `BucketBatchSampler` says, with `buckets` and `max_tokens`. With `device_resident` all samples live on the device.
    `on_error` says what becomes of a sample that cannot be read. `max_leak`: the share of val or test samples that may
    be in train too, to the bit; the tests ask.
    """

    def __init__(
        self,
        dataset: Dataset,
        prepare: Prepare,
        augment: Augment | None = None,
        seed: int = 0,
        cache: Cache | None = None,
        cache_key: Callable[[SplitName], Mapping[str, Any]] = lambda split: {},
        definition: Definition | None = None,
        *,
        batch_size: Annotated[int, Ge(1)] = 64,
        num_workers: Annotated[int, Ge(0)] = 0,
        val_fraction: Annotated[float, Interval(gt=0, lt=1)] = 0.1,
        folds: Annotated[int | None, Ge(2)] = None,
        fold: Annotated[int, Ge(0)] = 0,
        limit: Annotated[int | None, Ge(2)] = None,
        filter: Filter | None = None,
        balance: bool = False,
        buckets: Annotated[int, Ge(1)] = 10,
        max_tokens: Annotated[int | None, Ge(1)] = None,
        device_resident: bool = False,
        on_error: Literal["raise", "skip"] = "raise",
        max_leak: Annotated[float, Interval(ge=0, le=1)] = 0.0,
    ) -> None:
        super().__init__()
        self.dataset, self.definition = dataset, definition or dataset.definition()
        self.prepare, self.augment, self.seed = prepare, augment, seed
        self.cache, self.cache_key = cache, cache_key
        self.batch_size, self.num_workers = batch_size, num_workers
        self.division = partial(divide, dataset, seed, val_fraction, folds, fold, limit, filter or None)
        self.balance, self.on_error, self.max_leak = balance, on_error, max_leak
        self.buckets, self.max_tokens, self.device_resident = buckets, max_tokens, device_resident
        self.per_sample: Augment | None = augment if getattr(augment, "per_sample", False) else None
        self.splits: dict[SplitName, Batch] = {}
        self.sources: dict[SplitName, SplitName] = {}
        self.group_sampler: WeightedGroupSampler | None = None
        self.generators: dict[torch.device, torch.Generator] = {}

    def setup(self, stage: str) -> None:
        """Read all splits, once, and check them against the definition: a fault in the test split is found now, not
        after the training.
        """
        if not self.splits:
            splits = self.read(*SPLITS)
            read = Part("train", splits["train"].id.tolist())
            self.group_sampler = weighted_group_sampler(self.dataset, read, self.balance)
            self.splits = splits

    def read(self, *splits: SplitName) -> dict[SplitName, Batch]:
        """Some splits alone."""
        parts = self.division()
        self.sources = {split: part.source for split, part in parts.items()}
        return {split: self._read(split, parts[split]) for split in splits}

    def samples(self, split: SplitName) -> Samples:
        """The raw samples of a split, by their ids."""
        return self.dataset.samples(self.dataset.tokens(self.sources[split]), self.definition)

    def paths(self, split: SplitName) -> list[Path | None]:
        """The file of each sample of a split, by their ids; None where it has none of its own."""
        return [next(iter(paths_of(token)), None) for token in self.dataset.tokens(self.sources[split])]

    def _read(self, split: SplitName, part: Part) -> Batch:
        samples = self.samples(split)
        title = f"{type(self.dataset).__name__} {split}"
        prepare = partial(self.prepare, mode=split)
        how = (samples, part.places, prepare, self.num_workers, title, self.on_error == "skip")
        if self.cache is not None:
            cache_key = {"source": f"{type(self.dataset).__name__}-{part.source}", **self.cache_key(split)}
            return self.cache.load(cache_key, *how)
        return load(*how)

    def in_order(self, split: SplitName) -> Loader:
        """All samples of a split, read now if they were not before; in their order, and not augmented."""
        if split not in self.splits:
            self.splits |= self.read(split)
        return self._loader(split, training=False)

    def _loader(self, split: SplitName, training: bool) -> Loader:
        content = self.splits[split]
        ranks = (0, 1) if self.trainer is None else (self.trainer.global_rank, self.trainer.world_size)
        how = (self.batch_size, self.seed, training, self.group_sampler if training else None, *ranks)
        order = make_batch_sampler(content, self.buckets, self.max_tokens, *how)
        if isinstance(order, BucketBatchSampler):
            log.info("%s: %.1f %% of the tokens in its batches are padding", split, 100 * order.padding())
        if self.device_resident:
            content = self._on_device(content)
        return Loader(Split(content, self.per_sample if training else None), order, self.num_workers)

    def _on_device(self, content: Batch) -> Batch:
        if self.per_sample is not None or any(isinstance(field, LazyRows) for field in content.input):
            why = "the samples do not fit into memory" if self.per_sample is None else "the augmentation is per sample"
            raise InputError(f"dataset.device_resident = true, but {why}: leave it false.")
        device = torch.device("cpu") if self.trainer is None else self.trainer.strategy.root_device
        moved: Batch = move_data_to_device(content, device)
        return moved

    def train_dataloader(self) -> Loader:
        if self.per_sample is not None:
            log.warning(
                "The augmentation works on one sample at a time, in dataset.num_workers = %d processes: slow beside "
                "one for whole batches.",
                self.num_workers,
            )
        return self._loader("train", training=True)

    def val_dataloader(self) -> Loader:
        return self._loader("val", training=False)

    def test_dataloader(self) -> Loader:
        return self._loader("test", training=False)

    def transfer_batch_to_device(self, batch: Batch, device: torch.device, dataloader_idx: int) -> Batch:
        # Lightning's own walks through the batch also where there is nothing to move: 60 µs.
        moved: Batch = batch if batch.id.device == device else move_data_to_device(batch, device)
        return moved

    def on_after_batch_transfer(self, batch: Batch, dataloader_idx: int) -> Batch:
        if self.trainer is None or not self.trainer.training:
            return batch
        # What is random in the step (dropout) is keyed like what is random in the data, and so survives a resume.
        torch.default_generator.manual_seed(batch.seed)
        if batch.id.is_cuda:
            torch.cuda.manual_seed(batch.seed)
        return batch if self.per_sample is not None else self.augmented(batch)

    def augmented(self, batch: Batch) -> Batch:
        """The batch as training sees it: augmented on its device, by a generator that its seed decides."""
        if self.augment is None:
            return batch
        device = batch.id.device
        generator = self.generators.setdefault(device, torch.Generator(device))
        return self.augment(batch, generator.manual_seed(batch.seed))

    def preview(self, split: SplitName, count: int = 24) -> Batch:
        """The first samples of a split in the order in which its first batches come, as the network sees them."""
        order = BatchSampler(len(self.splits[split].id), count, self.seed, shuffle=True)
        places, seed = next(iter(order))
        batch = index_batch(self.splits[split], places, seed)
        return self.augmented(batch) if split == "train" else batch
