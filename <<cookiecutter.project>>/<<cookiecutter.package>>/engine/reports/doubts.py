"""Labels to look at: samples whose neighbours are all of one other class, as a gallery and as a table to correct."""

import csv
from pathlib import Path
from typing import NamedTuple

import torch

from ..core.files import atomic_write
from ..data.collate import index_batch
from ..data.datamodule import DataModule
from ..datasets.dataset import SplitName
from ..definitions.thumbnail import png_of
from .content import Card, Gallery
from .data_card import class_labels, doubtful

SHOWN = 48  # samples in the gallery
COLUMNS = ("split", "id", "path", "label", "neighbours", "corrected")


class Doubt(NamedTuple):
    """Sample with its class and that of its five nearest neighbours; `place` in its split."""

    split: SplitName
    place: int
    id: int
    path: str
    label: str
    neighbours: str


def doubts_of(data: DataModule) -> list[Doubt]:
    """Doubts about the labels of all splits."""
    names, found = data.definition.class_names(), []
    for split, batch in data.splits.items():
        labels = class_labels(data.definition, batch)
        pairs = doubtful(data.definition, batch)
        facts = data.meta(split, [int(batch.id[place]) for place, _ in pairs])
        for (place, other), meta in zip(pairs, facts, strict=True):
            assert labels is not None
            known = str(meta.get("path", "")), names[int(labels[place])], names[other]
            found.append(Doubt(split, place, int(batch.id[place]), *known))
    return found


def write_doubts(doubts: list[Doubt], path: Path) -> None:
    """Write doubts as CSV, with an empty column for the corrected class."""
    with atomic_write(path) as new, new.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(COLUMNS)
        table.writerows([each.split, each.id, each.path, each.label, each.neighbours, ""] for each in doubts)


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
        cards.append(Card(shown, text, doubt.label, f"neighbours {doubt.neighbours}", facts))
    return Gallery(cards)
