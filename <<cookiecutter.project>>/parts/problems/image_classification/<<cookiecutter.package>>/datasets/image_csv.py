"""Base class of datasets whose images and labels are listed in CSV files."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from torch import Tensor

from ..definitions.image_classification import ImageClassification
from ..engine.core.errors import InputError
from ..engine.datasets.dataset import Dataset, SplitName
from ..engine.datasets.labels_table import Row, classes_of, read_table
from ..engine.definitions.image_file import read_image


class Token(NamedTuple):
    """A row, and the index of its table among those of the split."""

    row: Row
    table: int


class ImageTables(Dataset):
    """Images of any size and colour mode; the cached transformers convert them to one size.

    Args:
        root: Folder of the data.
        tables: CSV files of each split.
        size: Height and width after the cached transformers, in pixels.
        channels: 1 for gray, 3 for RGB.
        classes: The labels in their order; by default those of the training tables, sorted.

    Raises:
        InputError: a label is not among the classes, or there are fewer than two; or see `read_table`.
    """

    def __init__(
        self,
        root: str,
        tables: Mapping[SplitName, Sequence[Path]],
        size: int,
        channels: Literal[1, 3],
        classes: Sequence[str] | None,
    ) -> None:
        super().__init__(root)
        self.size, self.channels = size, channels
        rows = {split: [read_table(path) for path in paths] for split, paths in tables.items()}
        self.classes = list(classes or classes_of([row for table in rows["train"] for row in table]))
        if len(self.classes) < 2:
            labels = ", ".join(self.classes) or "no label"
            source = "classes" if classes else tables["train"][0]
            raise InputError(f"{source} has {labels}, expected at least two labels.")
        self.rows: dict[SplitName, list[Token]] = {}
        for split, parts in rows.items():
            for path, part in zip(tables[split], parts, strict=True):
                self._check_labels(path, part)
            self.rows[split] = [Token(row, number) for number, part in enumerate(parts) for row in part]

    def _check_labels(self, path: Path, rows: Sequence[Row]) -> None:
        if wrong := next((row for row in rows if row.label not in self.classes), None):
            known = ", ".join(self.classes[:10]) + (", …" if len(self.classes) > 10 else "")
            raise InputError(f"{path}: {wrong.path.name} has the label {wrong.label}, expected one of {known}.")

    def definition(self) -> ImageClassification:
        return ImageClassification(tuple(self.classes), self.channels, self.size, self.size)

    def tokens(self, split: SplitName) -> Sequence[Token]:
        return self.rows[split]

    def get_image(self, token: Token, definition: ImageClassification) -> Tensor:
        return read_image(token.row.path, (definition.height, definition.width))

    def get_label(self, token: Token) -> int:
        return self.classes.index(token.row.label)

    def get_weight(self, token: Token) -> float:
        return token.row.weight

    def source_of(self, token: Token) -> int:
        return token.table
