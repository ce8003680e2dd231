"""Your own tables: CSV, Parquet or JSON lines."""

from collections.abc import Sequence

from typing_extensions import Unpack

from ..engine.datasets.table_file import FileArguments, TableFiles
from .target_rows import ClassRows, NumberRows


class ClassTableFile(TableFiles, ClassRows):
    """Tables with a class in the column `target`.

    Args:
        root: Folder of the tables.
        target: Column of the class.
        classes: Classes in their order; by default those of `train` by the alphabet.
        drop: Columns that are not used.
        files: Names and format of the tables: arguments of `TableFiles`.
    """

    def __init__(
        self,
        root: str = "data",
        target: str = "label",
        classes: Sequence[str] | None = None,
        drop: Sequence[str] = (),
        **files: Unpack[FileArguments],
    ) -> None:
        super().__init__(root, **files)
        self.target, self.classes, self.drop = target, classes, drop


class NumberTableFile(TableFiles, NumberRows):
    """Tables with a number in the column `target`.

    Args:
        root: Folder of the tables.
        target: Column of the number.
        drop: Columns that are not used.
        files: Names and format of the tables: arguments of `TableFiles`.
    """

    def __init__(
        self,
        root: str = "data",
        target: str = "value",
        drop: Sequence[str] = (),
        **files: Unpack[FileArguments],
    ) -> None:
        super().__init__(root, **files)
        self.target, self.drop = target, drop
