"""Your own images in several lists, each with a share of the training."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Interval

from ..engine.core.errors import InputError
from .image_csv import ImageTables


class ListFile(ImageTables):
    """Lists are CSV files with the columns of `LabelsCSV`.

    Args:
        root: Folder to which the paths of lists are relative.
        train, val, test: Paths of lists. Without `val`, the validation split is split off the training split.
        ratios: A number for each list of `train`. An epoch of training draws from the lists in these proportions, as
            many samples as they have images in total.
        size, channels, classes: See `ImageTables`.

    Raises:
        InputError: there is not one ratio above 0 for each list.
    """

    def __init__(
        self,
        root: str = "data",
        train: Sequence[str] = ("train.csv",),
        val: Sequence[str] = (),
        test: Sequence[str] = ("test.csv",),
        ratios: Sequence[float] | None = None,
        size: Annotated[int, Interval(ge=8, le=4096)] = 64,
        channels: Literal[1, 3] = 3,
        classes: Sequence[str] | None = None,
    ) -> None:
        if not train or not test:
            raise InputError("train and test need at least one list each.")
        if ratios is not None and (len(ratios) != len(train) or min(ratios) <= 0):
            raise InputError(
                f"ratios = {list(ratios)}: expected a number above 0 for each of {len(train)} lists in train; leave "
                "out a list that should not be used."
            )
        lists = {"train": train, "val": val, "test": test}
        tables = {split: [Path(root) / path for path in paths] for split, paths in lists.items()}
        super().__init__(root, tables, size, channels, classes)  # type: ignore[arg-type]
        self.ratios = ratios
