"""Rows of tables as tensors."""

import math
from collections.abc import Mapping

import torch

from ..engine.core.errors import InputError
from ..engine.definitions.presentation import Cell
from .table import RowInput, Table


def as_input(definition: Table, row: Mapping[str, Cell]) -> RowInput:
    """Tensors of one row; unknown categories are 0, as missing ones.

    Raises:
        InputError: a column of numbers holds a text.
    """
    numbers = [_number(name, row[name]) for name in definition.numbers]
    present = torch.tensor([not math.isnan(number) for number in numbers], dtype=torch.bool)
    categories = [
        1 + levels.index(str(row[name])) if str(row[name]) in levels else 0
        for name, levels in zip(definition.categories, definition.levels, strict=True)
    ]
    values = torch.tensor(numbers, dtype=torch.float32).nan_to_num(0)
    return RowInput(values, present, torch.tensor(categories, dtype=torch.int64))


def _number(name: str, cell: Cell) -> float:
    try:
        return math.nan if cell is None or cell == "" else float(cell)
    except ValueError as error:
        raise InputError(f"Column {name} holds {str(cell)!r}, expected a number or an empty value.") from error
