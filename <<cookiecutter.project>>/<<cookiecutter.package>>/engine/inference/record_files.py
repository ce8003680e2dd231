"""Rows of tables, and lines of text files, as records for prediction."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from ..core.errors import InputError, first_line
from ..definitions.presentation import Cell

Row = Mapping[str, Cell]
LINE = "text"  # column of a line of a text file


def _csv(path: Path) -> Iterator[Row]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        yield from csv.DictReader(file, skipinitialspace=True)


def _jsonl(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            row = json.loads(line)
            if not isinstance(row, dict):
                raise ValueError(f"line {number} holds {type(row).__name__}, expected an object")
            yield row


def _parquet(path: Path) -> Iterator[Row]:
    import polars  # not imported for other files: it takes a tenth of a second

    try:
        yield from polars.read_parquet(path, glob=False).iter_rows(named=True)
    except polars.exceptions.PolarsError as error:
        raise ValueError(first_line(error)) from error


def _lines(path: Path) -> Iterator[Row]:
    yield from ({LINE: line} for line in path.read_text(encoding="utf-8-sig").splitlines() if line.strip())


READERS: dict[str, Callable[[Path], Iterator[Row]]] = {
    ".csv": _csv, ".jsonl": _jsonl, ".parquet": _parquet, ".txt": _lines
}  # fmt: skip


def read_rows(path: Path) -> list[Row]:
    """Rows of a .csv, .jsonl or .parquet file, or lines of a .txt file, which must be in UTF-8.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        return list(READERS[path.suffix.lower()](path))
    except (OSError, ValueError, csv.Error) as error:
        name = path.suffix.lower().removeprefix(".")
        raise InputError(f"{path} cannot be read as {name} in UTF-8 ({first_line(error)}): save it as such.") from error
