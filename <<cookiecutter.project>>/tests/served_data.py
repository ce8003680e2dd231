"""Data modules of the datasets, and how their samples are compared."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from project import ROOT, choices_of, config_of

from <<cookiecutter.package>>.engine.testing import (
    Batch,
    DataModule,
    InputError,
    data_and_pipeline,
    index_batch,
    join,
)


def words_of(case: str, root: Path) -> list[str]:
    """Words for a dataset by its name, with the first problem that it fits; `<name> (stand-in)` lies in `root`."""
    name, _, stand_in = case.partition(" ")
    return [*choices_of("dataset")[name], *([f"dataset.root={root / name}"] if stand_in else [])]


@cache
def _served(case: str, root: Path, words: Sequence[str]) -> DataModule:
    data, _ = data_and_pipeline(config_of(*words_of(case, root), *words))
    data.setup("fit")
    return data


class Served:
    """Data module of one case, with overrides."""

    def __init__(self, case: str, root: Path) -> None:
        self.case, self.root = case, root

    def __call__(self, *words: str) -> DataModule:
        return _served(self.case, self.root, words)


@cache
def missing(name: str) -> str | None:
    """Reason why a dataset cannot be checked on this machine; None if it can."""
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("http_proxy", "https_proxy"):
            patch.setenv(variable, "http://127.0.0.1:9")  # no server: a test must not download
        try:
            _served(name, ROOT, ())
        except InputError as error:
            reasons = ("There is no", "could not be downloaded", "needs the package")
            return str(error) if any(reason in str(error) for reason in reasons) else None
    return None


def some(batch: Batch, count: int = 64) -> list[int]:
    """Indices of up to `count` samples, the same at every call."""
    order = torch.randperm(len(batch.id), generator=torch.Generator().manual_seed(0))
    return sorted(order[:count].tolist())


def equal(first: Batch, second: Batch) -> bool:
    """Whether two batches hold equal samples."""
    pairs = zip([first.id, *first.input, *first.target], [second.id, *second.input, *second.target], strict=True)
    return all(torch.equal(a[:], b[:]) for a, b in pairs)  # [:] makes a tensor of samples of different lengths


def data_config(served: Served) -> dict[str, Any]:
    """Config of the data of one case."""
    return config_of(*words_of(served.case, served.root))


def as_trained(data: DataModule, batch: Batch) -> Batch:
    """Batch of the training loader after augmentation."""
    return batch if data.augmentation.per_sample else data.augmentation(batch)


def epochs(data: DataModule) -> list[Batch]:
    """Three augmented epochs of training data, the first two with the same number, in the order of the ids."""
    found = []
    for epoch in (0, 0, 1):
        loader = data.train_dataloader()
        loader.sampler.set_epoch(epoch)
        whole = join([as_trained(data, batch) for batch in loader])
        found.append(index_batch(whole, whole.id.argsort()))
    return found
