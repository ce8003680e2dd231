"""Your own images with a table for each split: <root>/train/labels.csv, …/validation/labels.csv, …/test/labels.csv"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Interval

from .image_csv import ImageTables


class LabelsCSV(ImageTables):
    """Columns: `image name`, relative to the table's folder, `label`, and optionally `weight`. Without a `validation`
    folder, the validation split is split off the training split.
    """

    def __init__(
        self,
        root: str = "data",
        size: Annotated[int, Interval(ge=8, le=4096)] = 64,
        channels: Literal[1, 3] = 3,
        classes: Sequence[str] | None = None,
    ) -> None:
        home = Path(root)
        val = [home / "validation" / "labels.csv"] if (home / "validation").is_dir() else []
        train, test = ([home / split / "labels.csv"] for split in ("train", "test"))
        super().__init__(root, {"train": train, "val": val, "test": test}, size, channels, classes)
