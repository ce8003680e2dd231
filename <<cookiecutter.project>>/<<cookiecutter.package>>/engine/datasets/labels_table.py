"""CSV files of image names and labels."""

import csv
import math
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from ..core.errors import InputError

NAME, LABEL, WEIGHT = "image name", "label", "weight"


class Row(NamedTuple):
    """Image file, its label as text, and its weight in the loss."""

    path: Path
    label: str
    weight: float


def read_table(path: Path) -> list[Row]:
    """Rows of a CSV file with the columns `image name` (relative to the file's folder), `label` and, optionally,
    `weight`. Other columns are ignored.

    Raises:
        InputError: the file or a column is missing, or a line has no name, no label or no finite weight >= 0.
    """
    if not path.is_file():
        raise InputError(f"There is no file {path}, expected a CSV file with the columns '{NAME}' and '{LABEL}'.")
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, skipinitialspace=True)
            _check_columns(path, list(reader.fieldnames or []))
            return [_row(path, reader.line_num, values) for values in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} is no CSV file in UTF-8 ({error}): save it as one.") from error


def _check_columns(path: Path, columns: list[str]) -> None:
    for name in (NAME, LABEL):
        if name not in columns:
            near = get_close_matches(name, columns, 1)
            hint = f" ('{near[0]}' is near)" if near else ""
            raise InputError(
                f"{path} has no column '{name}'{hint}, its first line is: {', '.join(columns) or 'empty'}."
            )
    if WEIGHT not in columns and (near := get_close_matches(WEIGHT, columns, 1, 0.8)):
        raise InputError(f"{path} has a column '{near[0]}', did you mean '{WEIGHT}'? Otherwise give it another name.")


def _row(path: Path, line: int, values: dict[str, str | None]) -> Row:
    for name in (NAME, LABEL):
        if not values[name]:
            raise InputError(f"{path}, line {line}, has no {name}: fill it in, or remove the line.")
    try:
        weight = float(values.get(WEIGHT) or 1)
    except ValueError:
        weight = math.nan
    if not 0 <= weight < math.inf:
        raise InputError(f"{path}, line {line}, has the weight {values[WEIGHT]}, expected a finite number >= 0.")
    return Row(path.parent / str(values[NAME]), str(values[LABEL]), weight)


def classes_of(rows: list[Row]) -> list[str]:
    """Labels, sorted; numerically if all are numbers."""
    labels = {row.label for row in rows}
    return sorted(labels, key=int if all(label.isdecimal() for label in labels) else str)
