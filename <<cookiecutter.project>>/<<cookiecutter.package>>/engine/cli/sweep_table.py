"""Jobs from a table, CSV or Excel: `train.py -m sweep.file=experiments.csv` starts one for each row."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from ..core.errors import InputError

WORD = "sweep.file="
SKIP, NOTES = "skip", ("id", "user", "comment", "result")
NO = ("", "0", "false", "no")  # in the column `skip`


class Row(NamedTuple):
    """Overrides of a row, and its notes by column."""

    words: list[str]
    notes: dict[str, str]


def rows_of(words: Sequence[str]) -> list[Row]:
    """Rows of the table that a command line names, without those that are skipped; one empty row if it names none.

    A column is an override, like `optimizer.lr`; an empty cell leaves the default. `skip`, `id`, `user`, `comment` and
    `result` are no overrides.

    Raises:
        InputError: the file cannot be read, is no table, or all of its rows are skipped.
    """
    names = [word.partition("=")[2] for word in words if word.lstrip("+").startswith(WORD)]
    if not names or names[-1] in ("", "null"):
        return [Row([], {})]
    path = Path(names[-1])
    table = _sheet(path) if path.suffix == ".xlsx" else _csv(path)
    head, lines = [name.strip() for name in (table or [[]])[0]], table[1:]
    if len(set(head)) < len(head) or "" in head:
        raise InputError(f"sweep.file = {path}: two columns have the same name, or one has none; expected overrides.")
    rows = []
    for number, line in enumerate(lines, start=2):
        cells = [cell.strip() for cell in line]
        if len(cells) > len(head):
            raise InputError(f"sweep.file = {path}, line {number}: {len(cells)} cells, expected {len(head)}.")
        row = {name: cell for name, cell in zip(head, cells, strict=False) if cell}
        if row and row.pop(SKIP, "").lower() in NO:
            notes = {name: row.pop(name) for name in NOTES if name in row}
            rows.append(Row([f"{name}={cell}" for name, cell in row.items()], notes))
    if not rows:
        raise InputError(
            f"sweep.file = {path} has no row to run: expected a line of overrides, and a line for each job."
        )
    return rows


def _csv(path: Path) -> list[list[str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"sweep.file = {path} cannot be read ({error}): expected a CSV file in UTF-8.") from error
    first = text.partition("\n")[0]
    return list(csv.reader(text.splitlines(), delimiter=";" if first.count(";") > first.count(",") else ","))


def _sheet(path: Path) -> list[list[str]]:
    """Cells of the first sheet of an Excel file."""
    try:
        import polars as pl

        table = pl.read_excel(path, has_header=False, drop_empty_cols=False, read_options={"dtypes": "string"})
    except ImportError as error:
        raise InputError("sweep.file=<table>.xlsx needs fastexcel: uv add fastexcel; or save it as CSV.") from error
    except Exception as error:  # of calamine and polars
        reason = str(error).strip().partition("\n")[0]
        raise InputError(f"sweep.file = {path} cannot be read ({reason}): expected an Excel file, .xlsx.") from error
    return [[cell or "" for cell in row] for row in table.rows()]
