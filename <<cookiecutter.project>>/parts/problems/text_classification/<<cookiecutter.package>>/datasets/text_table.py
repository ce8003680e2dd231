"""Your own texts in tables: CSV, Parquet or JSON lines."""

from collections.abc import Sequence
from functools import cached_property
from typing import Annotated

import polars as pl
from annotated_types import Ge
from typing_extensions import Unpack

from ..definitions.text_classification import TextClassification
from ..engine.core.errors import InputError
from ..engine.datasets.dataset import SplitName
from ..engine.datasets.table_file import FileArguments, RowToken, TableFiles, check_columns


class TextTable(TableFiles):
    """Rows of tables with one or two texts and a class.

    Args:
        root: Folder of the tables.
        texts: Columns of the text, or of the two texts of a pair.
        target: Column of the class.
        classes: Classes in their order; by default those of `train` by the alphabet.
        vocabulary: Numbers to which words are hashed, without a tokenizer.
        tokenizer: Pretrained encoder whose tokenizer is used.
        files: Names and format of the tables: arguments of `TableFiles`.
    """

    def __init__(
        self,
        root: str = "data",
        texts: Sequence[str] = ("text",),
        target: str = "label",
        classes: Sequence[str] | None = None,
        vocabulary: Annotated[int, Ge(2)] = 30000,
        tokenizer: str | None = None,
        **files: Unpack[FileArguments],
    ) -> None:
        super().__init__(root, **files)
        if len(texts) not in (1, 2):
            raise InputError(f"texts names {len(texts)} columns, expected one, or two for pairs.")
        self.texts, self.target, self.classes = tuple(texts), target, classes
        self.vocabulary, self.tokenizer = vocabulary, tokenizer

    @cached_property
    def tables(self) -> dict[SplitName, pl.DataFrame]:
        """Tables of the splits, with texts and a class in each row."""
        tables: dict[SplitName, pl.DataFrame] = {}
        for split in self.files:
            if (table := self.read(split)) is not None:
                columns = (*self.texts, self.target)
                check_columns(table, str(self.files[split]), columns, filled=columns)
                tables[split] = table
        return tables

    @cached_property
    def _definition(self) -> TextClassification:
        classes = self.classes or sorted({str(value) for value in self.tables["train"][self.target]})
        return TextClassification(tuple(classes), self.texts, self.vocabulary).with_encoder(self.tokenizer)

    def definition(self) -> TextClassification:
        return self._definition

    def tokens(self, split: SplitName) -> Sequence[RowToken]:
        return [(split, row) for row in range(len(self.tables.get(split, ())))]

    def get_tokens(self, token: RowToken) -> tuple[str, ...]:
        split, row = token
        return tuple(str(self.tables[split][name][row]) for name in self.texts)

    get_part = get_tokens

    def get_label(self, token: RowToken) -> int:
        split, row = token
        value, classes = str(self.tables[split][self.target][row]), self.definition().classes
        if value not in classes:
            raise InputError(f"Row {row + 1} of {split} has the class {value!r}, expected one of {', '.join(classes)}.")
        return classes.index(value)
