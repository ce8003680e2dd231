"""Rows of tables, and lines of text files, as records for prediction."""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO, StringIO
from os.path import splitext
from pathlib import Path

from ..core.errors import InputError, first_line
from ..definitions.presentation import Cell

Row = Mapping[str, Cell]
LINE = "text"  # column of a line of a text file


def _csv(content: bytes) -> Iterator[Row]:
    yield from csv.DictReader(StringIO(content.decode("utf-8-sig"), newline=""), skipinitialspace=True)


def _jsonl(content: bytes) -> Iterator[Row]:
    for number, line in enumerate(content.decode("utf-8-sig").splitlines(), 1):
        row = json.loads(line)
        if not isinstance(row, dict):
            raise ValueError(f"line {number} holds {type(row).__name__}, expected an object")
        yield row


def _parquet(content: bytes) -> Iterator[Row]:
    import polars  # not imported for other files: it takes a tenth of a second

    try:
        yield from polars.read_parquet(BytesIO(content)).iter_rows(named=True)
    except polars.exceptions.PolarsError as error:
        raise ValueError(first_line(error)) from error


def _lines(content: bytes) -> Iterator[Row]:
    yield from ({LINE: line} for line in content.decode("utf-8-sig").splitlines() if line.strip())


READERS: dict[str, Callable[[bytes], Iterator[Row]]] = {
    ".csv": _csv, ".jsonl": _jsonl, ".parquet": _parquet, ".txt": _lines
}  # fmt: skip


def extension_of(path: str) -> str:
    """Extension of a path in lower case, with its dot."""
    return splitext(path)[1].lower()


def read_rows(path: Path) -> list[Row]:
    """Rows of a .csv, .jsonl or .parquet file, or lines of a .txt file, which must be in UTF-8.

    Raises:
        InputError: the file cannot be read.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read ({first_line(error)}).") from error
    return rows_in(str(path), content)


def rows_in(name: str, content: bytes) -> list[Row]:
    """Rows in the content of a file.

    Raises:
        InputError: the content is not what the extension of the `name` says.
    """
    extension = extension_of(name)
    try:
        return list(READERS[extension](content))
    except (ValueError, csv.Error) as error:
        kind = extension.removeprefix(".")
        raise InputError(f"{name} cannot be read as {kind} in UTF-8 ({first_line(error)}): save it as such.") from error
