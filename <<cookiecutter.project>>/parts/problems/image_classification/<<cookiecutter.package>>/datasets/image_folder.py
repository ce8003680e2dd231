"""Your own images in folders: <root>/train/<class>/…, <root>/test/<class>/…, <root>/val/<class>/…"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from annotated_types import Interval
from torch import Tensor

from ..definitions.image_classification import ImageClassification
from ..engine.core.errors import InputError
from ..engine.datasets.archive import unpacked
from ..engine.datasets.dataset import Dataset, SplitName
from ..engine.definitions.image_file import FILE_EXTENSIONS, read_image


class ImageFolder(Dataset):
    """Tokens are paths. Classes are the folders of `train`, sorted; images have any size, file type and colour mode.

    Args:
        root: Folder of the data.
        size: Height and width after the cached transformers, in pixels.
        channels: 1 for gray, 3 for RGB.
        archive: A tar, tgz, tar.gz or zip file of these folders, at its top or in one folder; extracted below `root`.
        trusted_archive: Extract it also if its content is unusually large for its size.

    Raises:
        InputError: a folder is missing, a class has no image in `train`, or another split has more classes.
    """

    def __init__(
        self,
        root: str = "data",
        size: Annotated[int, Interval(ge=8, le=4096)] = 64,
        channels: Literal[1, 3] = 3,
        archive: str | None = None,
        trusted_archive: bool = False,
    ) -> None:
        super().__init__(root)
        if archive is not None:
            folder = unpacked(Path(archive), self.root, trusted_archive)
            homes = [folder, *sorted(path for path in folder.iterdir() if path.is_dir())]
            self.root = next((home for home in homes if (home / "train").is_dir()), folder)
        self.size, self.channels = size, channels
        self.classes = _classes(self.root / "train")
        for split in ("test", "val") if (self.root / "val").is_dir() else ("test",):
            if unknown := set(_classes(self.root / split)) - set(self.classes):
                names = ", ".join(sorted(unknown))
                raise InputError(f"{self.root / split} has classes that train lacks ({names}): rename or remove them.")
        for name in self.classes:
            if not _images(self.root / "train" / name):
                raise InputError(
                    f"Class folder {self.root / 'train' / name} has no image, expected at least one file that ends in "
                    f"{', '.join(sorted(FILE_EXTENSIONS))}: add images, or remove the folder."
                )

    def definition(self) -> ImageClassification:
        return ImageClassification(tuple(self.classes), self.channels, self.size, self.size)

    def tokens(self, split: SplitName) -> Sequence[Path]:
        return [path for name in self.classes for path in _images(self.root / split / name)]

    def get_image(self, token: Path, definition: ImageClassification) -> Tensor:
        return read_image(token, (definition.height, definition.width))

    def get_label(self, token: Path) -> int:
        return self.classes.index(token.parent.name)


def _classes(folder: Path) -> list[str]:
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}, expected one with a folder of images for each class.")
    names = sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    if len(names) < 2:
        raise InputError(f"{folder} has {len(names)} class folders, expected at least 2.")
    return names


def _images(folder: Path) -> list[Path]:
    paths = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in paths if path.suffix.lower() in FILE_EXTENSIONS and not path.name.startswith("."))
