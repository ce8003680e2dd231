"""Data modules of the default dataset."""

from typing import Any

import torch
from project import default_dataset, identity

from my_project.engine.data.datamodule import DataModule
from my_project.engine.definitions.definition import Batch

DefaultDataset: Any = default_dataset()


def served(**options: Any) -> DataModule:
    """Data module with these options, whose splits are prepared."""
    data = DataModule(DefaultDataset(), identity, **options)
    data.setup("fit")
    return data


def same(first: Batch, second: Batch) -> bool:
    """Whether two batches hold equal samples."""
    pairs = zip([*first.input, *first.target, first.id], [*second.input, *second.target, second.id], strict=True)
    return all(torch.equal(a, b) for a, b in pairs)
