"""Input files and records for prediction."""

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from glob import glob
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from ..core.errors import InputError
from ..core.given_paths import check_inputs
from ..datasets.archive import FILE_EXTENSIONS as ARCHIVES
from ..datasets.archive import unpacked
from .record_files import Row, extension_of, read_rows

COLUMNS = ("file", "path", "image name")  # of a CSV file: the first existing one holds the paths
LIST = ".csv"  # extension of files that may list the paths of others


class Input(NamedTuple):
    """Name of an input in the predictions, and its record: a path, or a row of a table by column."""

    name: str
    record: str | Row

    @property
    def source(self) -> str:
        """Path of the file, or name of the row."""
        return self.record if isinstance(self.record, str) else self.name


class Extensions(NamedTuple):
    """Extensions of files that are one input each, and of those whose every row is one."""

    files: Collection[str]
    rows: Collection[str]

    def __str__(self) -> str:
        return ", ".join(sorted({*self.files, *self.rows}))


def unit(inputs: Sequence[Input]) -> str:
    """Noun for inputs in messages: `rows` of tables, else `files`."""
    return "files" if all(isinstance(item.record, str) for item in inputs) else "rows"


@contextmanager
def inputs_of(word: str | None, extensions: Extensions) -> Iterator[list[Input]]:
    """List the inputs of a pattern, a folder, an archive, a table or a single file.

    A folder stands for all files below it with one of the `extensions`, an archive for those in it: it is unpacked
    for the duration of the context. A CSV file may have a column of paths relative to its folder; else each row of a
    table is an input. The inputs are sorted, those of a table keep its order.

    Raises:
        InputError: the path does not exist, or there is no input in it.
    """
    word = check_inputs(word)
    path = Path(word)
    if path.is_file() and path.name.lower().endswith(ARCHIVES):
        with TemporaryDirectory() as temporary:
            folder = unpacked(path, Path(temporary))
            found = _with_rows(_in_folder(folder, extensions), extensions)
            named = [item._replace(name=word + item.name.removeprefix(str(folder))) for item in found]
            yield _not_empty(word, named, extensions)
    elif path.is_file():
        yield _not_empty(word, _with_rows([Input(word, word)], extensions), extensions)
    elif path.is_dir():
        yield _not_empty(word, _with_rows(_in_folder(path, extensions), extensions), extensions)
    else:
        names = sorted(glob(word, recursive=True))
        found = [Input(name, name) for name in names if os.path.isfile(name)]
        yield _not_empty(word, _with_rows(found, extensions), extensions)


def _in_folder(folder: Path, extensions: Extensions) -> list[Input]:
    # As text: to create and sort 100,000 Path objects takes seconds.
    paths = [os.path.join(parent, name) for parent, _, names in os.walk(folder) for name in names]
    visible = [path for path in sorted(paths) if not os.path.basename(path).startswith(".")]
    wanted = {*extensions.files, *extensions.rows}
    return [Input(name, name) for name in visible if extension_of(name) in wanted]


def _with_rows(inputs: list[Input], extensions: Extensions) -> list[Input]:
    """Inputs with the rows of each table, or the files that it lists, in its place."""
    found: list[Input] = []
    for item in inputs:
        extension = extension_of(item.source)
        is_table = extension in extensions.rows or (extension == LIST and len(inputs) == 1)
        found += rows_of(Path(item.source), extensions) if is_table else [item]
    return found


def rows_of(path: Path, extensions: Extensions) -> list[Input]:
    """Rows of a table, or the files that a CSV file lists.

    Raises:
        InputError: the table cannot be read, or lists no files of a problem whose inputs are files.
    """
    records = read_rows(path)
    columns = list(records[0]) if records else []
    may_list = extension_of(str(path)) == LIST and extensions.files
    if may_list and (column := next((name for name in COLUMNS if name in columns), None)):
        return [Input(str(row[column]), str(path.parent / str(row[column]))) for row in records if row[column]]
    if extension_of(str(path)) not in extensions.rows:
        raise InputError(
            f"{path} has the columns {', '.join(map(str, columns)) or 'none'}: expected {' or '.join(COLUMNS)}."
        )
    return [Input(f"{path}:{number}", record) for number, record in enumerate(records, 1)]


def _not_empty(word: str, inputs: list[Input], extensions: Extensions) -> list[Input]:
    if not inputs:
        raise InputError(f"inputs={word} contains no readable input ({extensions}).")
    return inputs
