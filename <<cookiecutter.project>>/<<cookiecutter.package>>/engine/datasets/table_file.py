"""Tables in files: CSV, Parquet or JSON lines."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

import polars as pl

from ..core.errors import InputError, first_line, shortened
from .dataset import Dataset, SplitName

MISSING = ["", "NA", "N/A", "nan", "NaN", "null"]  # cells of a CSV file without a value

RowToken = tuple[SplitName, int]
"""Split, and number of the row in its table."""


class FileArguments(TypedDict, total=False):
    """Arguments of `TableFiles` after `root`, for subclasses with others: `**files: Unpack[FileArguments]`."""

    train: str
    val: str | None
    test: str
    separator: str
    encoding: str


class TableFiles(Dataset[RowToken]):
    """Base class of datasets whose samples are rows of files, with one table for each split.

    Args:
        root: Folder of the tables.
        train, val, test: Their names; without `val`, validation rows are split off `train`.
        separator: Character between the cells of a CSV file.
        encoding: Encoding of a CSV file.
    """

    def __init__(
        self,
        root: str = "data",
        train: str = "train.csv",
        val: str | None = None,
        test: str = "test.csv",
        separator: str = ",",
        encoding: str = "utf-8",
    ) -> None:
        super().__init__(root)
        self.files: dict[SplitName, str | None] = {"train": train, "val": val, "test": test}
        self.separator, self.encoding = separator, encoding

    def read(self, split: SplitName) -> pl.DataFrame | None:
        """Table of a split; None if there is none.

        Raises:
            InputError: its file cannot be read.
        """
        name = self.files[split]
        return None if name is None else read_table(self.root / name, self.separator, self.encoding)

    def source_files(self) -> Sequence[Path]:
        return [self.root / name for name in self.files.values() if name is not None]


def check_columns(table: pl.DataFrame, name: str, columns: Sequence[str], filled: Sequence[str] = ()) -> None:
    """Check that a table has some columns, and a value in each row of those that must be `filled`.

    `name` of the table is used in the message.

    Raises:
        InputError: a column is missing, or a row has no value in one of `filled`.
    """
    for column in columns:
        if column not in table.columns:
            known = shortened(", ".join(table.columns))
            raise InputError(f"{name} has no column '{column}', expected one of {known}.")
    for column in filled:
        if missing := table[column].null_count():
            row = (table[column].is_null().arg_max() or 0) + 1
            raise InputError(
                f"{name} has {missing} rows without a value of '{column}', the first is row {row}: remove them, or "
                "fill in the value."
            )


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
