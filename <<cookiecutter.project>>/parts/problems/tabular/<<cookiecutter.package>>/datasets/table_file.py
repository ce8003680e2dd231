"""Your own tables: CSV, Parquet or JSON lines."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from ..engine.datasets.dataset import SplitName
from ..engine.datasets.table_file import read_table
from .target_rows import ClassRows, NumberRows


class _Files:
    """Files of the splits, relative to `root`."""

    root: Path
    files: dict[SplitName, str | None]
    separator: str
    encoding: str

    def read(self, split: SplitName) -> pl.DataFrame | None:
        name = self.files[split]
        return None if name is None else read_table(self.root / name, self.separator, self.encoding)

    def source_files(self) -> Sequence[Path]:
        return [self.root / name for name in self.files.values() if name is not None]


class ClassTableFile(_Files, ClassRows):
    """Tables with a class in the column `target`.

    Args:
        root: Folder of the tables.
        train, val, test: Their names; without `val`, validation rows are split off `train`.
        target: Column of the class.
        classes: Classes in their order; by default those of `train` by the alphabet.
        drop: Columns that are not used.
        separator: Character between the cells of a CSV file.
        encoding: Encoding of a CSV file.
    """

    def __init__(
        self,
        root: str = "data",
        train: str = "train.csv",
        val: str | None = None,
        test: str = "test.csv",
        target: str = "label",
        classes: Sequence[str] | None = None,
        drop: Sequence[str] = (),
        separator: str = ",",
        encoding: str = "utf-8",
    ) -> None:
        super().__init__(root)
        self.files = {"train": train, "val": val, "test": test}
        self.target, self.classes, self.drop = target, classes, drop
        self.separator, self.encoding = separator, encoding


class NumberTableFile(_Files, NumberRows):
    """Tables with a number in the column `target`; arguments as of `ClassTableFile`."""

    def __init__(
        self,
        root: str = "data",
        train: str = "train.csv",
        val: str | None = None,
        test: str = "test.csv",
        target: str = "value",
        drop: Sequence[str] = (),
        separator: str = ",",
        encoding: str = "utf-8",
    ) -> None:
        super().__init__(root)
        self.files = {"train": train, "val": val, "test": test}
        self.target, self.drop = target, drop
        self.separator, self.encoding = separator, encoding
