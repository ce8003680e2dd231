"""Labels to look at, by the neighbours of a sample or by the predictions of runs: a gallery, and a table to correct."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch

from ..checkpoints.runs import config_of
from ..core.files import atomic_write
from ..data.collate import index_batch
from ..data.datamodule import DataModule
from ..datasets.dataset import SplitName
from ..definitions.thumbnail import png_of
from .confident import suspects
from .content import Card, Gallery
from .data_card import class_labels, doubtful

SHOWN = 48  # samples in the gallery
COLUMNS = ("split", "id", "path", "label", "suggested", "by", "corrected")


class Doubt(NamedTuple):
    """Sample at `place` of a split, with its class, and the one that runs or its nearest neighbours suggest.

    `source` and `id` name it in the dataset: a validation sample may be one of the dataset's training samples. `order`
    is that of the strength of the doubt.
    """

    split: SplitName
    place: int
    source: SplitName
    id: int
    path: str
    label: str
    suggested: str
    by: str
    order: int


def doubts_of(data: DataModule, runs: Sequence[Path] = ()) -> list[Doubt]:
    """Doubts about the labels of all splits: first those by the predictions of runs, the strongest first.

    Raises:
        InputError: the runs do not fit the data.
    """
    found = {(each.source, each.id): each for each in _by_neighbours(data)}
    if not runs:
        return list(found.values())
    first = {(each.source, each.id): each for each in _by_runs(data, runs)}
    return list((first | {key: each for key, each in found.items() if key not in first}).values())


def _by_runs(data: DataModule, runs: Sequence[Path]) -> list[Doubt]:
    folded = config_of(runs[0])["data"]["split"]["folds"] is not None
    source: SplitName = "train" if folded else data.split_indices["val"].source
    places = {
        int(number): (split, place)
        for split, batch in data.splits.items()
        if data.split_indices[split].source == source
        for place, number in enumerate(batch.id.tolist())
    }
    found = [(*places[each.id], each.suggested) for each in suspects(data.definition, runs) if each.id in places]
    return _named(data, found, "runs")


def _by_neighbours(data: DataModule) -> list[Doubt]:
    found = [(split, *pair) for split, batch in data.splits.items() for pair in doubtful(data.definition, batch)]
    return _named(data, found, "neighbours")


def _named(data: DataModule, found: Sequence[tuple[SplitName, int, int]], by: str) -> list[Doubt]:
    """Doubts from split, place and number of the suggested class; not where the label has it by now."""
    names = data.definition.class_names()
    doubts: list[Doubt] = []
    for split, batch in data.splits.items():
        pairs = [(order, place, other) for order, (each, place, other) in enumerate(found) if each == split]
        facts = data.meta(split, [int(batch.id[place]) for _, place, _ in pairs]) if pairs else []
        for (order, place, other), meta in zip(pairs, facts, strict=True):
            labels = class_labels(data.definition, batch)
            assert labels is not None
            source, path = data.split_indices[split].source, str(meta.get("path", ""))
            known = names[int(labels[place])], names[other], by, order
            doubts.append(Doubt(split, place, source, int(batch.id[place]), path, *known))
    return sorted((each for each in doubts if each.suggested != each.label), key=lambda each: each.order)


def write_doubts(doubts: list[Doubt], path: Path) -> None:
    """Write doubts as CSV, with an empty column for the corrected class; `data/split/filter=unlisted` reads it."""
    with atomic_write(path) as new, new.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        table.writerows([each.source, each.id, each.path, each.label, each.suggested, each.by, ""] for each in doubts)


def gallery(data: DataModule, doubts: list[Doubt]) -> Gallery:
    """First doubts with their pictures."""
    presentation = data.definition.presentation()
    cards = []
    for doubt in doubts[:SHOWN]:
        batch = index_batch(data.splits[doubt.split], torch.tensor([doubt.place]))
        (given,) = presentation.inputs(batch)
        picture = presentation.picture(given)
        shown = None if picture is None else png_of(picture)
        facts = [f"{doubt.split} {doubt.id}", *([doubt.path] if doubt.path else [])]
        text = "" if shown else presentation.input_text(given)[:400]
        cards.append(Card(shown, text, doubt.label, f"{doubt.by} {doubt.suggested}", facts))
    return Gallery(cards)
