"""The one data module: it splits, reads, batches, moves and augments the samples of any dataset."""

from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from typing import Annotated, Any

import torch
from pytorch_lightning import LightningDataModule
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from ..definitions.check import check_batch
from ..definitions.definition import Batch, Sample
from ..errors import InputError
from ..ranges import Range
from .dataset import Dataset, SplitName
from .memory import as_it_is, load, take
from .order import BatchOrder
from .split import carve, fold_of

Augment = Callable[[Batch, torch.Generator], Batch]


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
    """Serves `dataset`, each sample sent once through `prepare` (the cached transformers).

    `augment` changes training batches on the device. `num_workers` processes read and prepare the samples; batches
    come from memory and need none. `val_fraction` of the training samples validate where the dataset has no validation
    split of its own; with `folds`, part number `fold` of so many validates, whatever the dataset has. `limit` takes so
    many samples of each split, evenly spread.
    """

    def __init__(
        self,
        dataset: Dataset,
        prepare: Callable[[Sample], Sample],
        augment: Augment | None = None,
        seed: int = 0,
        *,
        batch_size: Annotated[int, Range(1)] = 64,
        num_workers: Annotated[int, Range(0)] = 0,
        val_fraction: Annotated[float, Range(above=0, below=1)] = 0.1,
        folds: Annotated[int | None, Range(2)] = None,
        fold: Annotated[int, Range(0)] = 0,
        limit: Annotated[int | None, Range(2)] = None,
    ) -> None:
        super().__init__()
        self.dataset, self.definition = dataset, dataset.definition()
        self.prepare, self.augment, self.seed = prepare, augment, seed
        self.batch_size, self.num_workers = batch_size, num_workers
        self.val_fraction, self.folds, self.fold, self.limit = val_fraction, folds, fold, limit
        self.splits: dict[SplitName, Batch] = {}
        self.generators: dict[torch.device, torch.Generator] = {}

    def setup(self, stage: str) -> None:
        """Read all splits, once, and check them against the definition: a fault in the test split is found now, not
        after the training.
        """
        if not self.splits:
            train, val = self._train_and_val()
            self._read("train", train)
            self._read("val", val)
            self._read("test", None)

    def _train_and_val(self) -> tuple[list[int] | None, list[int] | None]:
        if self.folds is None and len(self.dataset.tokens("val")):
            return None, None
        tokens = self.dataset.tokens("train")
        field = self.definition.stratify
        strata = None if field is None else [int(self.dataset.getter(field)(token)) for token in tokens]
        if self.folds is not None:
            return fold_of(len(tokens), self.folds, self.fold, self.seed, strata)
        return carve(len(tokens), self.val_fraction, self.seed, strata)

    def _read(self, split: SplitName, places: list[int] | None) -> None:
        carved = split == "val" and places is not None
        samples = self.dataset.samples(self.dataset.tokens("train" if carved else split))
        places = list(range(len(samples))) if places is None else places
        if self.limit is not None:
            places = places[:: -(-len(places) // self.limit)]
        name = type(self.dataset).__name__
        if not places:
            raise InputError(f"{name} has no {split} samples, expected at least one.")
        content = load(samples, places, self.prepare, self.num_workers, f"{name} {split}")
        check_batch(self.definition, content, f"{name} {split}")
        self.splits[split] = content

    def _loader(self, split: SplitName) -> DataLoader[Any]:
        content = Split(self.splits[split])
        order = BatchOrder(len(content), self.batch_size, self.seed, shuffle=split == "train")
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


def divide(arguments: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arguments of a dataset config in two: those of the dataset's class, and those of the data module."""
    parameters = signature(DataModule).parameters.values()
    loading = {parameter.name for parameter in parameters if parameter.kind is Parameter.KEYWORD_ONLY}
    source = {name: value for name, value in arguments.items() if name not in loading}
    return source, {name: value for name, value in arguments.items() if name in loading}
