"""Inputs that a person wants predictions for."""

import csv
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from glob import glob, has_magic
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from ..core.errors import InputError
from ..datasets.archive import SUFFIXES as ARCHIVES
from ..datasets.archive import unpacked

COLUMNS = ("file", "path", "image name")  # of a CSV file: the first that it has


class Input(NamedTuple):
    """Record of one input (a path, or a row of a CSV file by column), and its name in the predictions."""

    name: str
    record: str | dict[str, str]

    @property
    def source(self) -> str:
        """Path of the file, or the name of the row."""
        return self.record if isinstance(self.record, str) else self.name


@contextmanager
def inputs_of(word: str | None, file_extensions: Collection[str]) -> Iterator[list[Input]]:
    """The files that `word` stands for: a pattern, a folder (all files below it with one of the `file_extensions`),
    an archive of these, a CSV file with a column of names from its own folder on, or one file. Sorted, but a CSV file
    keeps its order. An archive is unpacked for as long as the context lasts.

    Raises:
        InputError: there is nothing of that name, or no file in it.
    """
    if not word:
        raise InputError("inputs is missing: expected a file, a folder, a pattern, an archive or a CSV file.")
    path = Path(word)
    is_csv = path.suffix.lower() == ".csv"
    if path.is_file() and path.name.lower().endswith(ARCHIVES):
        with TemporaryDirectory() as place:
            folder = unpacked(path, Path(place))
            inside = _below(folder, file_extensions)
            yield _some(
                word, [Input(word + name.removeprefix(str(folder)), name) for name, _ in inside], file_extensions
            )
    elif path.is_file():
        yield (
            _some(word, _listed(path, rows=".csv" in file_extensions), file_extensions)
            if is_csv
            else [Input(word, word)]
        )
    elif path.is_dir():
        yield _some(word, _below(path, file_extensions), file_extensions)
    elif has_magic(word):
        found = sorted(glob(word, recursive=True))
        yield _some(word, [Input(name, name) for name in found if os.path.isfile(name)], file_extensions)
    else:
        raise InputError(f"There is no {word}: expected a file, a folder, a pattern, an archive or a CSV file.")


def _below(folder: Path, file_extensions: Collection[str]) -> list[Input]:
    # As text: a hundred thousand Path objects take seconds to make and to sort.
    found = [os.path.join(place, name) for place, _, names in os.walk(folder) for name in names]
    shown = [name for name in sorted(found) if not os.path.basename(name).startswith(".")]
    return [Input(name, name) for name in shown if os.path.splitext(name)[1].lower() in file_extensions]


def _listed(path: Path, rows: bool) -> list[Input]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            records = list(csv.DictReader(file, skipinitialspace=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read as a CSV file in UTF-8 ({error}): save it as one.") from error
    if rows:
        return [Input(f"{path}:{number}", record) for number, record in enumerate(records, 1)]
    found = list(records[0]) if records else []
    if (column := next((name for name in COLUMNS if name in found), None)) is None:
        raise InputError(
            f"{path} has the columns {', '.join(map(str, found)) or 'none'}: expected {' or '.join(COLUMNS)}."
        )
    return [Input(row[column], str(path.parent / row[column])) for row in records if row[column]]


def _some(word: str, found: list[Input], file_extensions: Collection[str]) -> list[Input]:
    if not found:
        raise InputError(f"inputs={word} holds no file that can be read ({', '.join(sorted(file_extensions))}).")
    return found
