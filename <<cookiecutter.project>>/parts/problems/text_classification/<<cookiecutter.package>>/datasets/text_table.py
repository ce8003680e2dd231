"""Your own texts in tables: CSV, Parquet or JSON lines."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated

import polars as pl
from annotated_types import Ge

from ..definitions.text_classification import TextClassification
from ..engine.core.errors import InputError, shortened
from ..engine.datasets.dataset import Dataset, SplitName
from ..engine.datasets.table_file import read_table

Token = tuple[SplitName, int]


class TextTable(Dataset[Token]):
    """Rows of tables with one or two texts and a class. Tokens are the split and the number of the row.

    Args:
        root: Folder of the tables.
        train, val, test: Their names; without `val`, validation rows are split off `train`.
        texts: Columns of the text, or of the two texts of a pair.
        target: Column of the class.
        classes: Classes in their order; by default those of `train` by the alphabet.
        separator: Character between the cells of a CSV file.
        encoding: Encoding of a CSV file.
        vocabulary: Numbers to which words are hashed, without a tokenizer.
        tokenizer: Pretrained encoder whose tokenizer is used.
    """

    def __init__(
        self,
        root: str = "data",
        train: str = "train.csv",
        val: str | None = None,
        test: str = "test.csv",
        texts: Sequence[str] = ("text",),
        target: str = "label",
        classes: Sequence[str] | None = None,
        separator: str = ",",
        encoding: str = "utf-8",
        vocabulary: Annotated[int, Ge(2)] = 30000,
        tokenizer: str | None = None,
    ) -> None:
        super().__init__(root)
        if len(texts) not in (1, 2):
            raise InputError(f"texts names {len(texts)} columns, expected one, or two for pairs.")
        self.files: dict[SplitName, str | None] = {"train": train, "val": val, "test": test}
        self.texts, self.target, self.classes = tuple(texts), target, classes
        self.separator, self.encoding = separator, encoding
        self.vocabulary, self.tokenizer = vocabulary, tokenizer

    @cached_property
    def tables(self) -> dict[SplitName, pl.DataFrame]:
        """Tables of the splits, with texts and a class in each row."""
        return {
            split: self._checked(split, read_table(self.root / name, self.separator, self.encoding))
            for split, name in self.files.items()
            if name is not None
        }

    def _checked(self, split: str, table: pl.DataFrame) -> pl.DataFrame:
        for column in (*self.texts, self.target):
            if column not in table.columns:
                known = shortened(", ".join(table.columns))
                raise InputError(f"{self.files[split]} has no column '{column}', expected one of {known}.")  # type: ignore[index]
            if missing := table[column].null_count():
                row = (table[column].is_null().arg_max() or 0) + 1
                raise InputError(
                    f"{split} has {missing} rows without a value of '{column}', the first is row {row}: remove or fill "
                    "them."
                )
        return table

    def source_files(self) -> Sequence[Path]:
        return [self.root / name for name in self.files.values() if name is not None]

    @cached_property
    def _definition(self) -> TextClassification:
        classes = self.classes or sorted({str(value) for value in self.tables["train"][self.target]})
        return TextClassification(tuple(classes), self.texts, self.vocabulary).with_encoder(self.tokenizer)

    def definition(self) -> TextClassification:
        return self._definition

    def tokens(self, split: SplitName) -> Sequence[Token]:
        return [(split, row) for row in range(len(self.tables.get(split, ())))]

    def get_tokens(self, token: Token) -> tuple[str, ...]:
        split, row = token
        return tuple(str(self.tables[split][name][row]) for name in self.texts)

    get_part = get_tokens

    def get_label(self, token: Token) -> int:
        split, row = token
        value, classes = str(self.tables[split][self.target][row]), self.definition().classes
        if value not in classes:
            raise InputError(f"Row {row + 1} of {split} has the class {value!r}, expected one of {', '.join(classes)}.")
        return classes.index(value)
