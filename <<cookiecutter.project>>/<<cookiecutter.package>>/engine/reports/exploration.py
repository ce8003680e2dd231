"""Data card of a dataset, as tables and as a page."""

from pathlib import Path

import torch
from matplotlib.figure import Figure
from torch import Tensor

from ..core.errors import InputError
from ..core.memory import free_memory
from ..data.collate import index_batch
from ..data.datamodule import DataModule
from ..data.lazy_rows import LazyRows
from ..datasets.dataset import SplitName
from ..definitions.definition import Batch
from ..definitions.fields import map_fields
from ..definitions.ragged import Ragged
from .content import TextTable
from .data_card import SampleId, class_labels, contradictions, counts_of, doubtful, fields_of, leaks, same_content
from .page import page
from .pictures import balance, class_means, grids, histograms

SHOWN = 24  # maximum rows of a table, and samples of a picture


def tables(data: DataModule) -> dict[str, str | TextTable]:
    """Texts and tables of the data card, by heading."""
    splits, definition = data.splits, data.definition
    groups = same_content(splits)
    contents: dict[str, str | TextTable] = {"Fields": _fields(data)}
    if names := definition.class_names():
        counts = counts_of(definition, splits)
        rows = [[name, *(str(values[label]) for values in counts.values())] for label, name in enumerate(names)]
        contents["Samples of each class"] = [["class", *counts], *rows]
    contents["Samples with the same content"] = _groups(groups, "No two samples are the same.")
    contents["Samples that are in two splits"] = _groups(leaks(groups), "No sample is in two splits.")
    if names:
        contradicting = contradictions(definition, splits, groups)
        contents["The same content with different classes"] = _groups(contradicting, "No two such samples.")
        contents["Labels to look at"] = _doubts(data)
    return contents


def in_memory(splits: dict[SplitName, Batch]) -> dict[SplitName, Batch]:
    """Splits with the fields in memory that were in files.

    Raises:
        InputError: they take more than half of the free memory.
    """
    parts = [part for batch in splits.values() for part in (batch.input, batch.target)]
    fields = [field for part in parts for field in part if isinstance(field, LazyRows)]
    if sum(field.dtype.itemsize * field.shape.numel() for field in fields) > free_memory() / 2:
        raise InputError("The samples do not fit into memory: explore some of them, with data.limit_samples=10000.")
    return {
        split: batch._replace(input=map_fields(_loaded, batch.input), target=map_fields(_loaded, batch.target))
        for split, batch in splits.items()
    }


def _loaded(field: Tensor | LazyRows | Ragged) -> Tensor | Ragged:
    return field[:] if isinstance(field, LazyRows) else field


def _fields(data: DataModule) -> TextTable:
    head = ["split", "samples", "field", "shape", "dtype", "min", "max", "mean", "std"]
    rows = [
        [split, str(len(batch.id)), field.name, str(field.shape), field.dtype]
        + [f"{value:.4g}" for value in (field.low, field.high, field.mean, field.std)]
        for split, batch in data.splits.items()
        for field in fields_of(batch)
    ]
    return [head, *rows]


def _groups(groups: list[list[SampleId]], if_empty: str) -> str | TextTable:
    if not groups:
        return if_empty
    more = [[f"… and {len(groups) - SHOWN} groups more"]] if len(groups) > SHOWN else []
    return [[f"{len(groups)} groups"], *([", ".join(map(str, group))] for group in groups[:SHOWN]), *more]


def _doubts(data: DataModule) -> str | TextTable:
    names, rows = data.definition.class_names(), []
    if any(isinstance(field, Ragged) for field in data.splits["train"].input):
        return "Samples differ in length: their nearest neighbours are not searched for."
    for split, batch in data.splits.items():
        labels = class_labels(data.definition, batch)
        for index, other in doubtful(data.definition, batch):
            assert labels is not None
            rows.append([str(SampleId(split, int(batch.id[index]))), names[int(labels[index])], names[other]])
    if not rows:
        return "Every sample has a neighbour of its class among its five nearest."
    return [["sample", "its class", "class of its five nearest neighbours"], *rows[:SHOWN]]


def doubtful_samples(data: DataModule) -> Batch | None:
    """Up to 24 training samples whose five nearest neighbours are all of one other class."""
    indices = [index for index, _ in doubtful(data.definition, data.splits["train"])][:SHOWN]
    return index_batch(data.splits["train"], torch.tensor(indices)) if indices else None


def pictures(data: DataModule) -> dict[str, Figure]:
    """Pictures of the page, by heading."""
    figures = grids(data)
    if (means := class_means(data.definition, data.splits["train"])) is not None:
        figures["Mean of each class"] = data.definition.presentation().draw(means)
        figures["Balance of the classes"] = balance(data.definition, data.splits)
    if (doubts := doubtful_samples(data)) is not None:
        figures["Labels to look at (train)"] = data.definition.presentation().draw(doubts)
    return figures | {"Values of each field": histograms(data.splits)}


def write_page(data: DataModule, path: Path) -> dict[str, str | TextTable]:
    """Write the page to `path`, and return its texts and tables."""
    data.splits = in_memory(data.splits)
    contents = tables(data)
    title = f"{type(data.dataset).__name__}: {sum(len(batch.id) for batch in data.splits.values()):,} samples"
    path.write_text(page(title, [*contents.items(), *pictures(data).items()]), encoding="utf-8")
    return contents
