"""Rows of tables in pictures, and as inputs of predictions."""

from collections.abc import Mapping, Sequence
from typing import cast

from ..engine.core.errors import InputError, shortened
from ..engine.definitions.classes_presentation import ClassesPresentation
from ..engine.definitions.numbers_presentation import NumbersPresentation
from ..engine.definitions.presentation import Cell, Record
from .row import as_input
from .tabular import RowInput, Tabular, TabularClasses, TabularNumbers


def row_input(definition: Tabular, record: Record) -> RowInput:
    """Input from a row by column; a missing or empty value is None or an empty text.

    Raises:
        InputError: the record is no row, lacks a column, or has a text where a number is expected.
    """
    columns = [*definition.numbers, *definition.categories]
    if not isinstance(record, Mapping):
        raise InputError(f"An input is a mapping from column to value, not {type(record).__name__}.")
    if absent := [name for name in columns if name not in record]:
        raise InputError(f"Column {absent[0]} is missing; the columns are {shortened(', '.join(record))}.")
    return as_input(definition, cast(Mapping[str, Cell], record))


class TabularClassesPresentation(ClassesPresentation[RowInput]):
    """Rows with a class."""

    definition: TabularClasses

    def columns(self) -> Sequence[str]:
        return [*self.definition.numbers, *self.definition.categories]

    def load_input(self, record: Record) -> RowInput:
        return row_input(self.definition, record)


class TabularNumbersPresentation(NumbersPresentation[RowInput]):
    """Rows with numbers to predict."""

    definition: TabularNumbers

    def columns(self) -> Sequence[str]:
        return [*self.definition.numbers, *self.definition.categories]

    def load_input(self, record: Record) -> RowInput:
        return row_input(self.definition, record)
