"""Base classes of datasets whose rows have a class or numbers as target."""

from collections.abc import Sequence
from functools import cached_property

import polars as pl
import torch
from torch import Tensor

from ..definitions.tabular import TabularClasses, TabularNumbers
from ..engine.core.errors import InputError
from ..engine.datasets.table_file import RowToken
from .table_rows import TableRows


class ClassRows(TableRows):
    """The column `target` holds the class of a row; `classes` gives their order, by default that of the alphabet."""

    classes: Sequence[str] | None = None

    @cached_property
    def _definition(self) -> TabularClasses:
        train = self.tables["train"]
        found = sorted({str(value) for value in train[self.target]})
        return TabularClasses(classes=tuple(self.classes or found), **self.inputs_of(train))

    def definition(self) -> TabularClasses:
        return self._definition

    def get_label(self, token: RowToken) -> int:
        split, row = token
        value, classes = str(self.tables[split][self.target][row]), self.definition().classes
        if value not in classes:
            raise InputError(
                f"Row {row + 1} of {split} has the class {value!r}, expected one of {', '.join(classes[:20])}."
            )
        return classes.index(value)


class NumberRows(TableRows):
    """The column `target` holds the number to predict."""

    @cached_property
    def _definition(self) -> TabularNumbers:
        return TabularNumbers(outputs=(self.target,), **self.inputs_of(self.tables["train"]))

    def definition(self) -> TabularNumbers:
        return self._definition

    def get_value(self, token: RowToken) -> Tensor:
        split, row = token
        column = self.tables[split][self.target]
        if column.dtype == pl.String:
            raise InputError(f"Column '{self.target}' holds texts like {column[row]!r}, expected numbers.")
        return torch.tensor([float(column[row])])
