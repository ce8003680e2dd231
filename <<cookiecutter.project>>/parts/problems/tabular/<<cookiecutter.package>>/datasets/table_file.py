"""Your own tables: CSV, Parquet or JSON lines."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from ..engine.core.errors import InputError, first_line
from ..engine.datasets.dataset import SplitName
from .target_rows import ClassRows, NumberRows

MISSING = ["", "NA", "N/A", "nan", "NaN", "null"]  # cells of a CSV file without a value


def read_table(path: Path, separator: str = ",", encoding: str = "utf-8") -> pl.DataFrame:
    """Read a .csv, .parquet or .jsonl file, with column types by all of its rows.

    Raises:
        InputError: the file cannot be read as such.
    """
    try:
        match path.suffix.lower():
            case ".parquet":
                return pl.read_parquet(path, glob=False)
            case ".jsonl":
                return pl.read_ndjson(path, infer_schema_length=None)
            case ".csv":
                content = path.read_text("utf-8-sig" if encoding == "utf-8" else encoding).encode()
                return pl.read_csv(content, separator=separator, infer_schema_length=None, null_values=MISSING)
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}: add it, or correct its name in the dataset.") from error
    except (OSError, LookupError, ValueError, pl.exceptions.PolarsError) as error:
        raise InputError(
            f"{path} cannot be read ({first_line(error)}): expected separator {separator!r} and encoding {encoding}."
        ) from error
    raise InputError(f"{path} is no table: expected a file that ends in .csv, .parquet or .jsonl.")


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
