"""Base class of datasets whose samples are the rows of a table in memory."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import polars as pl
from torch import Tensor

from ..definitions.row import as_input, as_text
from ..definitions.tabular import RowInput, Tabular
from ..engine.core.errors import InputError
from ..engine.datasets.dataset import Dataset, SplitName
from ..engine.datasets.table_file import RowToken, check_columns

Row = Mapping[str, Any]


class TableRows(Dataset[RowToken]):
    """Rows of the tables that `read` returns. Columns of text and of truth values are categories, others are numbers.

    Tokens are the split and the number of the row.
    """

    target: str
    drop: Sequence[str] = ()

    @abstractmethod
    def read(self, split: SplitName) -> pl.DataFrame | None:
        """Table of a split; None if the source has no such split."""

    @abstractmethod
    def definition(self) -> Tabular:  # type: ignore[override]  # a subclass returns one that is a Definition too
        """Definition of the rows."""

    @cached_property
    def tables(self) -> dict[SplitName, pl.DataFrame]:
        """Tables of the splits, with a target in each row.

        Raises:
            InputError: a column is not there, or a row has no target.
        """
        tables: dict[SplitName, pl.DataFrame] = {}
        for split in ("train", "val", "test"):
            table = self.read(split)
            if table is not None:
                tables[split] = self._checked(split, table)
        return tables

    def _checked(self, split: str, table: pl.DataFrame) -> pl.DataFrame:
        check_columns(table, f"{type(self).__name__} {split}", (self.target, *self.drop), filled=[self.target])
        return table

    def inputs_of(self, table: pl.DataFrame) -> dict[str, tuple[Any, ...]]:
        """Arguments of a definition: the columns of a training table."""
        kept = table.drop(self.target, *self.drop)
        names = [name for name, dtype in kept.schema.items() if dtype in (pl.String, pl.Boolean, pl.Categorical)]
        for name, dtype in kept.schema.items():
            if name not in names and not dtype.is_numeric():
                raise InputError(f"Column '{name}' holds {dtype}, expected numbers or texts: leave it out with `drop`.")
        levels = [sorted({as_text(value) for value in kept[name].drop_nulls()}) for name in names]
        numbers = tuple(name for name in kept.columns if name not in names)
        return {"numbers": numbers, "categories": tuple(names), "levels": tuple(map(tuple, levels))}

    @cached_property
    def inputs(self) -> dict[SplitName, list[RowInput]]:
        """Input of each row of each split."""
        definition = self.definition()
        return {
            split: [as_input(definition, row) for row in table.iter_rows(named=True)]
            for split, table in self.tables.items()
        }

    def tokens(self, split: SplitName) -> Sequence[RowToken]:
        return [(split, row) for row in range(len(self.tables.get(split, ())))]

    def get_numbers(self, token: RowToken) -> Tensor:
        split, row = token
        return self.inputs[split][row].numbers

    def get_present(self, token: RowToken) -> Tensor:
        split, row = token
        return self.inputs[split][row].present

    def get_categories(self, token: RowToken) -> Tensor:
        split, row = token
        return self.inputs[split][row].categories
