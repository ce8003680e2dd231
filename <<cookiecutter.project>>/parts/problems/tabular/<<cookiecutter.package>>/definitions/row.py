"""Rows of tables as tensors."""

import math
from collections.abc import Mapping, Sequence

import torch

from ..engine.core.errors import InputError
from ..engine.definitions.presentation import Cell
from .tabular import RowInput, Tabular


def as_input(definition: Tabular, row: Mapping[str, Cell]) -> RowInput:
    """Tensors of one row; unknown categories are 0, as missing ones.

    Raises:
        InputError: a column of numbers holds a text.
    """
    numbers = [_number(name, row[name]) for name in definition.numbers]
    present = torch.tensor([not math.isnan(number) for number in numbers], dtype=torch.bool)
    columns = zip(definition.categories, definition.levels, strict=True)
    categories = [_number_of(as_text(row[name]), levels) for name, levels in columns]
    values = torch.tensor(numbers, dtype=torch.float32).nan_to_num(0)
    return RowInput(values, present, torch.tensor(categories, dtype=torch.int64))


def as_text(cell: object) -> str:
    """Text of a category: `true` and `false` for truth values, as in CSV files."""
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def _number_of(text: str, levels: Sequence[str]) -> int:
    found = next((each for each in (text, text.lower()) if each in levels), None)
    return 0 if found is None else 1 + levels.index(found)


def _number(name: str, cell: Cell) -> float:
    try:
        return math.nan if cell is None or cell == "" else float(cell)
    except ValueError as error:
        raise InputError(f"Column {name} holds {str(cell)!r}, expected a number or an empty value.") from error
