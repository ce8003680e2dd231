"""Images and labels of a dataset of the Hugging Face Hub, or of a folder that the package `datasets` can read."""

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Interval
from torch import Tensor

from ..definitions.image_classification import ImageClassification
from ..engine.core.errors import InputError, first_line
from ..engine.datasets.dataset import Dataset, SplitName
from ..engine.definitions.image_file import read_image

Token = tuple[SplitName, int]
SAVED = "dataset_dict.json"  # in a folder that `save_to_disk` has written


class HuggingFace(Dataset[Token]):
    """Tokens are (split, index). Classes are the names of the label column, or else its values in `train`, sorted.

    Args:
        root: `user/name` on the Hub; or a folder: of images in classes, of Parquet files, or one of `save_to_disk`.
        subset: Name of a configuration, if the dataset has several.
        revision: Branch, tag or commit on the Hub.
        image, label: Columns.
        train, val, test: Names of the splits; without a split `val`, it is split off `train`.
        size: Height and width after the cached transformers, in pixels.
        channels: 1 for gray, 3 for RGB.

    Raises:
        InputError: the package `datasets`, the dataset, a split or a column is missing.
    """

    def __init__(
        self,
        root: str = "ylecun/mnist",
        subset: str | None = None,
        revision: str | None = None,
        image: str = "image",
        label: str = "label",
        train: str = "train",
        val: str = "validation",
        test: str = "test",
        size: Annotated[int, Interval(ge=8, le=4096)] = 64,
        channels: Literal[1, 3] = 3,
    ) -> None:
        super().__init__(root)
        self.address = (root, subset, revision)
        self.image, self.label, self.size, self.channels = image, label, size, channels
        self.names: dict[SplitName, str] = {"train": train, "val": val, "test": test}
        found = _read(*self.address)
        if missing := [name for name in (train, test) if name not in found]:
            raise InputError(f"{root} has no split {missing[0]!r}: its splits are {', '.join(found)}.")
        if missing := [name for name in (image, label) if name not in found[train].column_names]:
            columns = ", ".join(found[train].column_names)
            raise InputError(f"{root} has no column {missing[0]!r}: its columns are {columns}.")
        names = getattr(found[train].features[label], "names", None)
        self.classes: list[Any] = list(names or sorted(set(found[train][label])))
        self.numbered = names is not None

    def definition(self) -> ImageClassification:
        return ImageClassification(tuple(map(str, self.classes)), self.channels, self.size, self.size)

    def tokens(self, split: SplitName) -> Sequence[Token]:
        found = _read(*self.address).get(self.names[split], ())
        return [(split, index) for index in range(len(found))]

    def get_image(self, token: Token, definition: ImageClassification) -> Tensor:
        value = self._value(token, self.image)
        file = Path(value["path"]) if value["bytes"] is None else BytesIO(value["bytes"])
        return read_image(file, (definition.height, definition.width))

    def get_label(self, token: Token) -> int:
        value = self._value(token, self.label)
        return int(value) if self.numbered else self.classes.index(value)

    def source_files(self) -> Sequence[Path]:
        return [Path(file["filename"]) for split in _read(*self.address).values() for file in split.cache_files]

    def _value(self, token: Token, column: str) -> Any:
        split, index = token
        return _read(*self.address)[self.names[split]].select_columns(column)[index][column]


@cache
def _read(root: str, subset: str | None, revision: str | None) -> Any:
    """Splits of a dataset by name, downloaded if they are not in the cache of the package; images are not decoded."""
    if find_spec("datasets") is None:
        raise InputError("dataset=huggingface needs the package datasets: uv sync --group huggingface.")
    import datasets

    datasets.disable_progress_bars()
    try:
        if (Path(root) / SAVED).is_file():
            found = datasets.load_from_disk(root)
        else:
            found = datasets.load_dataset(root, subset, revision=revision)
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(
            f"There is no folder {root} that can be read, and no such dataset could be downloaded "
            f"({first_line(error)}): expected root=<folder>, or root=user/name."
        ) from error
    files = datasets.Image(decode=False)
    for name, split in found.items():
        for column in [column for column, feature in split.features.items() if isinstance(feature, datasets.Image)]:
            found[name] = found[name].cast_column(column, files)
    return found
