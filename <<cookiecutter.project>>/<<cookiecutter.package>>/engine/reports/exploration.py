"""The data card of a dataset: printed, and as a page."""

from pathlib import Path

import torch
from matplotlib.figure import Figure

from ..core.errors import InputError
from ..data.collate import index_batch
from ..data.datamodule import DataModule
from ..data.lazy_rows import LazyRows
from ..definitions.definition import Batch
from .data_card import Place, contradictions, counts_of, doubtful, fields_of, groups_of, leaks, same_content
from .page import Table, page
from .pictures import balance, class_means, grids, histograms

SHOWN = 24  # samples named in a table


def tables(data: DataModule) -> dict[str, str | Table]:
    """What there is to say, by its heading."""
    splits, definition = data.splits, data.definition
    if any(isinstance(field, LazyRows) for batch in splits.values() for field in batch.input):
        raise InputError("The samples do not fit into memory: explore some of them, with limit_samples = 10000.")
    groups = same_content(splits)
    found: dict[str, str | Table] = {"Fields": _fields(data)}
    if names := definition.class_names():
        counts = counts_of(definition, splits)
        rows = [[name, *(str(values[place]) for values in counts.values())] for place, name in enumerate(names)]
        found["Samples of each class"] = [["class", *counts], *rows]
    found["Samples with the same content"] = _groups(groups, "No two samples are the same.")
    found["Samples that are in two splits"] = _groups(leaks(groups), "No sample is in two splits.")
    if names:
        again = contradictions(definition, splits, groups)
        found["The same content with different classes"] = _groups(again, "There is none.")
        found["Labels to look at"] = _doubts(data)
    return found


def _fields(data: DataModule) -> Table:
    head = ["split", "samples", "field", "shape", "dtype", "smallest", "largest", "mean", "deviation"]
    rows = [
        [split, str(len(batch.id)), field.name, str(field.shape), field.dtype]
        + [f"{value:.4g}" for value in (field.low, field.high, field.mean, field.std)]
        for split, batch in data.splits.items()
        for field in fields_of(batch)
    ]
    return [head, *rows]


def _groups(groups: list[list[Place]], none: str) -> str | Table:
    if not groups:
        return none
    more = [[f"… and {len(groups) - SHOWN} groups more"]] if len(groups) > SHOWN else []
    return [[f"{len(groups)} groups"], *([", ".join(map(str, group))] for group in groups[:SHOWN]), *more]


def _doubts(data: DataModule) -> str | Table:
    names, rows = data.definition.class_names(), []
    for split, batch in data.splits.items():
        labels = groups_of(data.definition, batch)
        for place, other in doubtful(data.definition, batch):
            assert labels is not None
            rows.append([str(Place(split, int(batch.id[place]))), names[int(labels[place])], names[other]])
    if not rows:
        return "Every sample has a neighbour of its class among its five nearest."
    return [["sample", "its class", "class of its five nearest neighbours"], *rows[:SHOWN]]


def doubtful_samples(data: DataModule) -> Batch | None:
    """Up to 24 training samples whose five nearest neighbours are of another class."""
    places = [place for place, _ in doubtful(data.definition, data.splits["train"])][:SHOWN]
    return index_batch(data.splits["train"], torch.tensor(places)) if places else None


def pictures(data: DataModule) -> dict[str, Figure]:
    """Every picture of the page, by its heading."""
    found = grids(data)
    if (means := class_means(data.definition, data.splits["train"])) is not None:
        found["Mean of each class"] = data.definition.draw(means)
        found["Balance of the classes"] = balance(data.definition, data.splits)
    if (doubts := doubtful_samples(data)) is not None:
        found["Labels to look at (train)"] = data.definition.draw(doubts)
    return found | {"Values of each field": histograms(data.splits)}


def write_page(data: DataModule, path: Path) -> dict[str, str | Table]:
    """Write the page, and give what it says in words."""
    said = tables(data)
    title = f"{type(data.dataset).__name__}: {sum(len(batch.id) for batch in data.splits.values()):,} samples"
    path.write_text(page(title, [*said.items(), *pictures(data).items()]), encoding="utf-8")
    return said
