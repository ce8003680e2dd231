"""Data card of a dataset, as tables and as a page."""

from collections.abc import Sequence
from pathlib import Path

from torch import Tensor

from ..core.errors import InputError
from ..core.memory import free_memory
from ..data.datamodule import DataModule
from ..data.filter import SampleId
from ..data.lazy_rows import LazyRows
from ..datasets.dataset import SplitName, paths_of
from ..definitions.definition import Batch
from ..definitions.fields import map_fields
from ..definitions.ragged import Ragged
from .content import Chart, Content, TextTable, Tile
from .curve_plots import bars_of_classes
from .data_card import contradictions, counts_of, fields_of, leaks, same_content
from .doubts import Doubt, doubts_of, gallery, write_doubts
from .near_duplicates import file_facts, near_duplicates
from .page import page
from .pictures import balance, class_means, grids, histograms

SHOWN = 24  # rows of a table, at most
LABELS = "labels.csv"  # beside the page
CLASSES, FILES, DOUBTS = "Samples of each class", "Image files", "Labels to look at"  # headings
IMAGES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm")


def tables(data: DataModule, doubts: Sequence[Doubt]) -> dict[str, str | TextTable]:
    """Texts and tables of the data card, by heading."""
    splits, definition = data.splits, data.definition
    groups = same_content(splits)
    contents: dict[str, str | TextTable] = {"Fields": _fields(data)}
    if names := definition.class_names():
        counts = counts_of(definition, splits)
        rows = [[name, *(str(values[label]) for values in counts.values())] for label, name in enumerate(names)]
        contents[CLASSES] = [["class", *counts], *rows]
    if paths := files_of(data):
        contents[FILES] = file_facts(paths) or "No file could be opened as an image."
    contents["Samples with the same content"] = _groups(groups, "No two samples are the same.")
    contents["Samples that are in two splits"] = _groups(leaks(groups), "No sample is in two splits.")
    if (near := near_duplicates(splits)) is not None:
        contents["Images that look alike"] = _groups(list(map(list, near)), "No two images look alike.", "pairs")
    if names:
        contradicting = contradictions(definition, splits, groups)
        contents["The same content with different classes"] = _groups(contradicting, "No two such samples.")
        contents[DOUBTS] = _doubts(data, doubts)
    return contents


def files_of(data: DataModule) -> list[Path]:
    """Image files that the tokens of the samples name."""
    sources = dict.fromkeys(indices.source for indices in data.split_indices.values())
    tokens = [token for source in sources for token in data.dataset.tokens(source)]
    return [path for token in tokens for path in paths_of(token) if path.suffix.lower() in IMAGES]


def _doubts(data: DataModule, doubts: Sequence[Doubt]) -> str | TextTable:
    if doubts:
        rows = [[f"{each.split} {each.id}", each.label, each.suggested, each.by] for each in doubts]
        return [["sample", "its class", "suggested", "by"], *rows[:SHOWN]]
    if any(isinstance(field, Ragged) for field in data.splits["train"].input):
        return "Samples differ in length: their nearest neighbours are not searched for."
    return "Every sample has a neighbour of its class among its five nearest."


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


def _groups(groups: list[list[SampleId]], if_empty: str, what: str = "groups") -> str | TextTable:
    if not groups:
        return if_empty
    more = [[f"… and {len(groups) - SHOWN} {what} more"]] if len(groups) > SHOWN else []
    return [[f"{len(groups)} {what}"], *([", ".join(map(str, group))] for group in groups[:SHOWN]), *more]


def pictures(data: DataModule) -> dict[str, Content]:
    """Pictures and plots of the page, by heading."""
    figures: dict[str, Content] = dict(grids(data))
    if (means := class_means(data.definition, data.splits["train"])) is not None:
        figures["Mean of each class"] = data.definition.presentation().draw(means)
    return figures | {"Values of each field": histograms(data.splits)}


def _counts(data: DataModule) -> Chart:
    counts, names = counts_of(data.definition, data.splits), data.definition.class_names()
    rows = [
        {"class": name, "split": split, "samples": values[label]}
        for split, values in counts.items()
        for label, name in enumerate(names)
    ]
    return Chart([bars_of_classes(rows, names)], lambda: balance(data.definition, data.splits))


def write_page(data: DataModule, path: Path, runs: Sequence[Path] = ()) -> dict[str, str | TextTable]:
    """Write the page to `path`, and labels to look at beside it; return its texts and tables.

    `runs`: those whose predictions of validation samples doubt labels.

    Raises:
        InputError: the runs do not fit the data.
    """
    data.splits = in_memory(data.splits)
    doubts = doubts_of(data, runs)
    contents = tables(data, doubts)
    parts: list[tuple[str, Content]] = []
    for heading, content in contents.items():
        if heading == CLASSES:
            parts.append(("Balance of the classes", _counts(data)))
        if heading == DOUBTS and doubts:
            parts.append((DOUBTS, gallery(data, doubts)))
        else:
            parts.append((heading, content))
    if doubts:
        write_doubts(doubts, path.with_name(LABELS))
    tiles = [Tile(split, f"{len(batch.id):,}", "samples") for split, batch in data.splits.items()]
    if names := data.definition.class_names():
        tiles += [Tile("classes", f"{len(names):,}"), Tile("labels to look at", f"{len(doubts):,}")]
    root = getattr(data.dataset, "root", "") if FILES in contents else ""
    name = f"{type(data.dataset).__name__} {root}".rstrip()
    title = f"{name}: {sum(len(batch.id) for batch in data.splits.values()):,} samples"
    path.write_text(page(title, [*parts, *pictures(data).items()], tiles), encoding="utf-8")
    return contents
