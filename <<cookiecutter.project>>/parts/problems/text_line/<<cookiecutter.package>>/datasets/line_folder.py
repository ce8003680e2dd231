"""Your own lines: an image and a text file for each."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated

from annotated_types import Ge
from torch import Tensor

from ..definitions.text_line import TextLine
from ..engine.core.errors import InputError, first_line
from ..engine.datasets.dataset import Dataset, SplitName
from ..engine.definitions.image_file import FILE_EXTENSIONS, read_image

TEXT = ".gt.txt"


class LineFolder(Dataset[Path]):
    """Images of any size in <root>/<split>/, and for each <name>.png its text in <name>.gt.txt, in UTF-8.

    Tokens are the paths of the images.

    Args:
        root: Folder with `train`, `test` and optionally `val`.
        alphabet: Characters in their order; by default those of the training texts, sorted.
        height: Height in pixels to which lines are scaled.
    """

    def __init__(self, root: str = "data", alphabet: str | None = None, height: Annotated[int, Ge(8)] = 32) -> None:
        super().__init__(root)
        self.alphabet, self.height = alphabet, height

    @cached_property
    def characters(self) -> str:
        """Alphabet as given, or of all training texts."""
        found = set("".join(text_of(path) for path in self.tokens("train")))
        return self.alphabet or "".join(sorted(found))

    def definition(self) -> TextLine:
        return TextLine(self.characters, self.height)

    def tokens(self, split: SplitName) -> Sequence[Path]:
        folder = self.root / split
        if not folder.is_dir():
            if split == "val":
                return []
            raise InputError(f"There is no folder {folder}: expected images in it, and a <name>{TEXT} for each.")
        return [path for path in sorted(folder.iterdir()) if path.suffix.lower() in FILE_EXTENSIONS]

    def source_files(self) -> Sequence[Path]:
        splits: list[SplitName] = ["train", "val", "test"]
        return [text_path(path) for split in splits for path in self.tokens(split)]

    def get_line(self, token: Path) -> Tensor:
        return read_image(token)

    def get_symbols(self, token: Path) -> str:
        return text_of(token)


class LineLists(LineFolder):
    """Lines by lists: each list is a text file with the path of an image on each line, relative to `root`.

    Args:
        root: Folder of lists and images.
        train, val, test: Names of the lists; without `val`, validation lines are split off `train`.
        ratios: Share of each list of `train` in training; by default all lines once an epoch.
        alphabet, height: As in `LineFolder`.
    """

    def __init__(
        self,
        root: str = "data",
        train: Sequence[str] = ("train.txt",),
        val: Sequence[str] = (),
        test: Sequence[str] = ("test.txt",),
        ratios: Sequence[float] | None = None,
        alphabet: str | None = None,
        height: Annotated[int, Ge(8)] = 32,
    ) -> None:
        super().__init__(root, alphabet, height)
        self.lists: dict[SplitName, Sequence[str]] = {"train": train, "val": val, "test": test}
        self.ratios = ratios
        if ratios is not None and len(ratios) != len(train):
            raise InputError(
                f"ratios has {len(ratios)} numbers for {len(train)} lists of train, expected one for each."
            )

    @cached_property
    def sources(self) -> dict[Path, int]:
        """Index of the training list of each image."""
        return {path: number for number, name in enumerate(self.lists["train"]) for path in self._paths(name)}

    def _paths(self, name: str) -> list[Path]:
        try:
            lines = (self.root / name).read_text(encoding="utf-8").splitlines()
        except FileNotFoundError as error:
            raise InputError(f"There is no file {self.root / name}: expected a list of images.") from error
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(f"The list {self.root / name} cannot be read ({first_line(error)}).") from error
        return [self.root / line.strip() for line in lines if line.strip()]

    def tokens(self, split: SplitName) -> Sequence[Path]:
        return [path for name in self.lists[split] for path in self._paths(name)]

    def source_of(self, token: Path) -> int:
        return self.sources[token]


def text_path(image: Path) -> Path:
    """Text file of an image."""
    return image.with_name(f"{image.name.partition('.')[0]}{TEXT}")


def text_of(image: Path) -> str:
    """Text of an image, its white space as single blanks.

    Raises:
        InputError: the file is not there, or not in UTF-8.
    """
    path = text_path(image)
    try:
        return " ".join(path.read_text(encoding="utf-8").split())
    except FileNotFoundError as error:
        raise InputError(f"There is no file {path}, the text of {image.name}: add it.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not in UTF-8 ({first_line(error)}): save it as such.") from error
