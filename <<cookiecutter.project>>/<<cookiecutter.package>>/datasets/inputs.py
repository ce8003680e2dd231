"""The files that a person wants answers for."""

import csv
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from glob import glob, has_magic
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from ..errors import InputError
from .archive import SUFFIXES as ARCHIVES
from .archive import unpacked

COLUMNS = ("file", "path", "image name")  # of a CSV file: the first that it has


class Input(NamedTuple):
    """A file, and what it is called in the answers."""

    name: str
    path: Path


@contextmanager
def inputs_of(word: str | None, suffixes: Collection[str]) -> Iterator[list[Input]]:
    """The files that `word` stands for: a pattern, a folder (all files below it that have one of the `suffixes`), an
    archive of these, a CSV file with a column of names from its own folder on, or one file. Sorted, but a CSV file
    keeps its order. An archive is unpacked for as long as the context lasts.

    Raises:
        InputError: there is nothing of that name, or no file in it.
    """
    if not word:
        raise InputError("inputs is missing: expected a file, a folder, a pattern, an archive or a CSV file.")
    path = Path(word)
    if path.is_file() and path.name.lower().endswith(ARCHIVES):
        with TemporaryDirectory() as place:
            folder = unpacked(path, Path(place))
            inside = [
                Input(str(path / found.path.relative_to(folder)), found.path) for found in _below(folder, suffixes)
            ]
            yield _some(word, inside, suffixes)
    elif path.is_file():
        yield _some(word, _listed(path), suffixes) if path.suffix.lower() == ".csv" else [Input(word, path)]
    elif path.is_dir():
        yield _some(word, _below(path, suffixes), suffixes)
    elif has_magic(word):
        found = [Path(name) for name in sorted(glob(word, recursive=True))]
        yield _some(word, [Input(str(path), path) for path in found if path.is_file()], suffixes)
    else:
        raise InputError(f"There is no {word}: expected a file, a folder, a pattern, an archive or a CSV file.")


def _below(folder: Path, suffixes: Collection[str]) -> list[Input]:
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in suffixes and path.is_file())
    return [Input(str(path), path) for path in paths]


def _listed(path: Path) -> list[Input]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file, skipinitialspace=True)
        found = reader.fieldnames or []
        if (column := next((name for name in COLUMNS if name in found), None)) is None:
            raise InputError(f"{path} has the columns {', '.join(found) or 'none'}: expected {' or '.join(COLUMNS)}.")
        return [Input(row[column], path.parent / row[column]) for row in reader if row[column]]


def _some(word: str, found: list[Input], suffixes: Collection[str]) -> list[Input]:
    if not found:
        raise InputError(f"inputs={word} holds no file that can be read ({', '.join(sorted(suffixes))}).")
    return found
