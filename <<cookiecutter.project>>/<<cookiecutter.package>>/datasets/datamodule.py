"""The one data module: it splits, reads, batches, moves and augments the samples of any dataset."""

from collections.abc import Callable, Mapping
from functools import partial
from inspect import Parameter, signature
from typing import Annotated, Any, Literal, Protocol

import torch
from pytorch_lightning import LightningDataModule
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from ..definitions.check import check_batch
from ..definitions.definition import Batch, Sample
from ..ranges import Range
from .cache import Cache
from .dataset import Dataset, SplitName
from .division import Filter, Part, divide, quota_of
from .memory import as_it_is, load, take
from .order import BatchOrder
from .quota import Quota

Augment = Callable[[Batch, torch.Generator], Batch]


class Prepare(Protocol):
    """The cached transformers, as they work in one mode (the name of the split); None drops the sample."""

    def __call__(self, sample: Sample, mode: SplitName) -> Sample | None: ...


class Split(TorchDataset[Batch]):
    """A split in memory, indexed by what `BatchOrder` yields."""

    def __init__(self, content: Batch) -> None:
        self.content = content

    def __len__(self) -> int:
        return len(self.content.id)

    def __getitem__(self, item: tuple[torch.Tensor, int]) -> Batch:
        places, seed = item
        return take(self.content, places, seed)


class DataModule(LightningDataModule):
    """Serves `dataset`, each sample sent once through `prepare`.

    With a `cache`, what came of the samples by a `recipe` is kept in files. `augment` changes training batches on the
    device. `num_workers` processes read and prepare the samples; batches
    come from memory and need none. `val_fraction` of the training samples validate where the dataset has no
    validation split of its own; with `folds`, part number `fold` of so many validates, whatever the dataset has.
    `limit` takes so many samples of each split, evenly spread, of those that `filter` keeps. With `balance`, every
    class comes equally often in training. `on_error` says what becomes of a sample that cannot be read. `max_leak`:
    the share of val or test samples that may be in train too, to the bit; the tests ask.
    """

    def __init__(
        self,
        dataset: Dataset,
        prepare: Prepare,
        augment: Augment | None = None,
        seed: int = 0,
        cache: Cache | None = None,
        recipe: Callable[[SplitName], Mapping[str, Any]] = lambda split: {},
        *,
        batch_size: Annotated[int, Range(1)] = 64,
        num_workers: Annotated[int, Range(0)] = 0,
        val_fraction: Annotated[float, Range(above=0, below=1)] = 0.1,
        folds: Annotated[int | None, Range(2)] = None,
        fold: Annotated[int, Range(0)] = 0,
        limit: Annotated[int | None, Range(2)] = None,
        filter: Filter | None = None,
        balance: bool = False,
        on_error: Literal["raise", "skip"] = "raise",
        max_leak: Annotated[float, Range(0, 1)] = 0.0,
    ) -> None:
        super().__init__()
        self.dataset, self.definition = dataset, dataset.definition()
        self.prepare, self.augment, self.seed = prepare, augment, seed
        self.cache, self.recipe = cache, recipe
        self.batch_size, self.num_workers = batch_size, num_workers
        self.division = partial(divide, dataset, seed, val_fraction, folds, fold, limit, filter or None)
        self.balance, self.on_error, self.max_leak = balance, on_error, max_leak
        self.splits: dict[SplitName, Batch] = {}
        self.quota: Quota | None = None
        self.generators: dict[torch.device, torch.Generator] = {}

    def setup(self, stage: str) -> None:
        """Read all splits, once, and check them against the definition: a fault in the test split is found now, not
        after the training.
        """
        if not self.splits:
            splits = {split: self._read(split, part) for split, part in self.division().items()}
            read = Part("train", splits["train"].id.tolist())
            self.quota = quota_of(self.dataset, read, self.balance)
            self.splits = splits

    def _read(self, split: SplitName, part: Part) -> Batch:
        samples = self.dataset.samples(self.dataset.tokens(part.source))
        title = f"{type(self.dataset).__name__} {split}"
        prepare = partial(self.prepare, mode=split)
        how = (samples, part.places, prepare, self.num_workers, title, self.on_error == "skip")
        if self.cache is not None:
            recipe = {"source": f"{type(self.dataset).__name__}-{part.source}", **self.recipe(split)}
            return self.cache.load(recipe, self.definition, *how)
        content = load(*how)
        check_batch(self.definition, content, title)
        return content

    def _loader(self, split: SplitName) -> DataLoader[Any]:
        content, training = Split(self.splits[split]), split == "train"
        quota = self.quota if training else None
        rank, world = (0, 1) if self.trainer is None else (self.trainer.global_rank, self.trainer.world_size)
        order = BatchOrder(len(content), self.batch_size, self.seed, training, quota, rank, world)
        pin = torch.cuda.is_available()
        return DataLoader(content, batch_size=None, sampler=order, collate_fn=as_it_is, pin_memory=pin)

    def train_dataloader(self) -> DataLoader[Any]:
        return self._loader("train")

    def val_dataloader(self) -> DataLoader[Any]:
        return self._loader("val")

    def test_dataloader(self) -> DataLoader[Any]:
        return self._loader("test")

    def on_after_batch_transfer(self, batch: Batch, dataloader_idx: int) -> Batch:
        if self.trainer is None or not self.trainer.training:
            return batch
        # What is random in the step (dropout) is keyed like what is random in the data, and so survives a resume.
        torch.default_generator.manual_seed(batch.seed)
        if batch.id.is_cuda:
            torch.cuda.manual_seed(batch.seed)
        return self.augmented(batch)

    def augmented(self, batch: Batch) -> Batch:
        """The batch as training sees it: augmented on its device, by a generator that its seed decides."""
        if self.augment is None:
            return batch
        device = batch.id.device
        generator = self.generators.setdefault(device, torch.Generator(device))
        return self.augment(batch, generator.manual_seed(batch.seed))

    def preview(self, split: SplitName, count: int = 24) -> Batch:
        """The first samples of a split in the order in which its first batches come, as the network sees them."""
        order = BatchOrder(len(self.splits[split].id), count, self.seed, shuffle=True)
        places, seed = next(iter(order))
        batch = take(self.splits[split], places, seed)
        return self.augmented(batch) if split == "train" else batch


def arguments_of(arguments: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arguments of a dataset config in two: those of the dataset's class, and those of the data module."""
    parameters = signature(DataModule).parameters.values()
    loading = {parameter.name for parameter in parameters if parameter.kind is Parameter.KEYWORD_ONLY}
    source = {name: value for name, value in arguments.items() if name not in loading}
    return source, {name: value for name, value in arguments.items() if name in loading}
