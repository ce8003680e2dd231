"""Input files and records for prediction."""

import csv
import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from glob import glob, has_magic
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from ..core.errors import InputError
from ..datasets.archive import FILE_EXTENSIONS as ARCHIVES
from ..datasets.archive import unpacked

COLUMNS = ("file", "path", "image name")  # of a CSV file: the first existing one holds the paths


class Input(NamedTuple):
    """Name of an input in the predictions, and its record: a path, or a row of a CSV file by column."""

    name: str
    record: str | dict[str, str]

    @property
    def source(self) -> str:
        """Path of the file, or name of the row."""
        return self.record if isinstance(self.record, str) else self.name


def unit(inputs: Sequence[Input]) -> str:
    """Noun for inputs in messages: `rows` of a CSV file, else `files`."""
    return "rows" if any(isinstance(item.record, dict) for item in inputs) else "files"


@contextmanager
def inputs_of(word: str | None, file_extensions: Collection[str]) -> Iterator[list[Input]]:
    """List the inputs of a pattern, a folder, an archive, a CSV file or a single file.

    A folder stands for all files below it with one of the `file_extensions`, an archive for those in it: it is unpacked
    for the duration of the context. A CSV file has a column of paths relative to its folder; without one, each of its
    rows is an input if `.csv` is among the extensions. The inputs are sorted, those of a CSV file keep its order.

    Raises:
        InputError: the path does not exist, or there is no input in it.
    """
    if not word:
        raise InputError("inputs is missing: expected a file, a folder, a pattern, an archive or a CSV file.")
    path = Path(word)
    is_csv = path.suffix.lower() == ".csv"
    if path.is_file() and path.name.lower().endswith(ARCHIVES):
        with TemporaryDirectory() as temporary:
            folder = unpacked(path, Path(temporary))
            found = _rows_of(_in_folder(folder, file_extensions), file_extensions)
            named = [item._replace(name=word + item.name.removeprefix(str(folder))) for item in found]
            yield _not_empty(word, named, file_extensions)
    elif path.is_file():
        yield (
            _not_empty(word, _in_csv(path, rows=".csv" in file_extensions), file_extensions)
            if is_csv
            else [Input(word, word)]
        )
    elif path.is_dir():
        yield _not_empty(word, _rows_of(_in_folder(path, file_extensions), file_extensions), file_extensions)
    elif has_magic(word):
        names = sorted(glob(word, recursive=True))
        found = _rows_of([Input(name, name) for name in names if os.path.isfile(name)], file_extensions)
        yield _not_empty(word, found, file_extensions)
    else:
        raise InputError(
            f"inputs={word} does not exist: expected a file, a folder, a pattern, an archive or a CSV file."
        )


def _in_folder(folder: Path, file_extensions: Collection[str]) -> list[Input]:
    # As text: to create and sort 100,000 Path objects takes seconds.
    paths = [os.path.join(parent, name) for parent, _, names in os.walk(folder) for name in names]
    visible = [path for path in sorted(paths) if not os.path.basename(path).startswith(".")]
    return [Input(name, name) for name in visible if os.path.splitext(name)[1].lower() in file_extensions]


def _rows_of(inputs: list[Input], file_extensions: Collection[str]) -> list[Input]:
    """Inputs with the rows of CSV files in their place, where a row is an input."""
    rows: list[Input] = []
    for item in inputs:
        is_rows = ".csv" in file_extensions and item.source.lower().endswith(".csv")
        rows += _in_csv(Path(item.source), rows=True) if is_rows else [item]
    return rows


def _in_csv(path: Path, rows: bool) -> list[Input]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            records = list(csv.DictReader(file, skipinitialspace=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read as a CSV file in UTF-8 ({error}): save it as one.") from error
    columns = list(records[0]) if records else []
    if rows and not set(COLUMNS) & set(columns):
        return [Input(f"{path}:{number}", record) for number, record in enumerate(records, 1)]
    if (column := next((name for name in COLUMNS if name in columns), None)) is None:
        raise InputError(
            f"{path} has the columns {', '.join(map(str, columns)) or 'none'}: expected {' or '.join(COLUMNS)}."
        )
    return [Input(row[column], str(path.parent / row[column])) for row in records if row[column]]


def _not_empty(word: str, inputs: list[Input], file_extensions: Collection[str]) -> list[Input]:
    if not inputs:
        raise InputError(f"inputs={word} contains no readable file ({', '.join(sorted(file_extensions))}).")
    return inputs
