"""Own images in several lists, each with a share in the training."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Interval

from ..engine.core.errors import InputError
from .image_csv import ImageTables


class ListFile(ImageTables):
    """`train`, `val`, `test`: paths of lists, from `root` on; a list is a CSV file as `labels_csv` has them. Without
    `val`, validation is carved from training.

    `ratios`: one number for each list of `train`. An epoch of training draws from the lists in these proportions,
    whatever their lengths, and has as many draws as they have images together.

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
            raise InputError("dataset.train and dataset.test need at least one list each.")
        if ratios is not None and (len(ratios) != len(train) or min(ratios) <= 0):
            raise InputError(
                f"dataset.ratios = {list(ratios)}: expected a number above 0 for each of {len(train)} lists in "
                "dataset.train; leave out a list that shall not be drawn from."
            )
        lists = {"train": train, "val": val, "test": test}
        tables = {split: [Path(root) / path for path in paths] for split, paths in lists.items()}
        super().__init__(root, tables, size, channels, classes)  # type: ignore[arg-type]
        self.ratios = ratios
