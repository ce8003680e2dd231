"""Inputs from rows of tables, and from lists of numbers."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ..core.errors import InputError, shortened
from .check import axes
from .markers import Length, marked

if TYPE_CHECKING:
    from .presentation import Cell, Presentation


def input_of_row(presentation: "Presentation", record: "Mapping[str, Cell]") -> NamedTuple:
    """Input whose fields hold the numbers of a row, by `presentation.column_names`.

    Raises:
        InputError: a column is missing, empty or no number, or a field has a free axis.
    """
    definition = presentation.definition
    values = {field: _parse(presentation, field, record) for field in input_fields(presentation)}
    filled: NamedTuple = definition.Input._make(values.get(field) for field in definition.Input._fields)
    return filled


def input_of_numbers(presentation: "Presentation", record: object) -> "NamedTuple | None":
    """Input whose only field holds the numbers of a sequence; None if there are several fields, or no sequence.

    Raises:
        InputError: there are more or fewer numbers than elements.
    """
    fields = input_fields(presentation)
    if len(fields) > 1 or not isinstance(record, list | tuple | np.ndarray | Tensor):
        return None
    (size,) = _shape(presentation, fields[0])
    if len(record) != size:
        raise InputError(f"An input has {len(record)} numbers, expected {size}.")
    names = presentation.column_names(fields[0], size)
    return input_of_row(presentation, {name: float(value) for name, value in zip(names, record, strict=True)})


def columns_of(presentation: "Presentation") -> list[str]:
    """Columns of a row that is an input; none if a field has a free axis."""
    try:
        counts = {field: int(np.prod(_shape(presentation, field))) for field in input_fields(presentation)}
    except InputError:
        return []
    return [name for field, count in counts.items() for name in presentation.column_names(field, count)]


def input_fields(presentation: "Presentation") -> list[str]:
    """Fields of an input that a record gives; collation fills in the others."""
    tuple_type = presentation.definition.Input
    lengths = marked(tuple_type, Length)
    return [field for field in tuple_type._fields if field not in lengths]


def _shape(presentation: "Presentation", field: str) -> list[int]:
    definition = presentation.definition
    sizes = definition.sizes()
    names = axes(definition.Input, field)[1:]
    if unknown := [name for name in names if name not in sizes and not name.isdecimal()]:
        raise InputError(f"Field '{field}' has the free axis {unknown[0]}: override load_input to read it.")
    return [sizes[name] if name in sizes else int(name) for name in names]


def _parse(presentation: "Presentation", field: str, record: "Mapping[str, Cell]") -> Tensor:
    shape = _shape(presentation, field)
    count = int(np.prod(shape))
    names = presentation.column_names(field, count)
    if count == 1 and field in record:
        names = [field]
    if missing := [name for name in names if record.get(name) in (None, "")]:
        actual = shortened(", ".join(record))
        known = f"the columns are {actual}: rename them, or override {type(presentation).__name__}.column_names."
        raise InputError(f"Column {missing[0]} is missing or empty; {known}")
    try:
        values = [float(record[name] or 0) for name in names]
    except ValueError as error:
        raise InputError(f"Field '{field}' needs numbers ({error}).") from error
    return torch.tensor(values).view(shape)
