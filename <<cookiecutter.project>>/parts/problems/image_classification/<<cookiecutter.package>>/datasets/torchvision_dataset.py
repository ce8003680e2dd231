"""Base class of datasets that torchvision downloads and keeps in memory."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from torchvision import datasets

from ..engine.core.errors import InputError
from ..engine.datasets.dataset import Dataset, SplitName

Token = tuple[SplitName, int]


class Downloaded(Dataset):
    """Tokens are (split, index).

    Attributes:
        source: Name of torchvision's class.
        folder, files: Files that it reads, and their folder below `root`.
        classes: Class names by label, so that no file is read for a definition.
    """

    source: ClassVar[str]
    folder: ClassVar[str]
    files: ClassVar[tuple[str, ...]]
    classes: ClassVar[tuple[str, ...]]

    def tokens(self, split: SplitName) -> Sequence[Token]:
        return [] if split == "val" else [(split, index) for index in range(len(self.read(split).targets))]

    def get_label(self, token: Token) -> int:
        split, index = token
        return int(self.read(split).targets[index])

    def source_files(self) -> Sequence[Path]:
        return [self.root / self.folder / name for name in self.files]

    def read(self, split: SplitName) -> Any:
        """Dataset of torchvision for a split, downloaded if its files are missing.

        Raises:
            InputError: the download failed; names the files and their folder.
        """
        try:
            return _read(self.source, self.root, split)
        except (OSError, RuntimeError, ValueError) as error:
            reason = str(error).partition("\n")[0].rstrip(":")
            folder = (self.root / self.folder).resolve()
            raise InputError(
                f"{self.source} is not in {folder} and could not be downloaded ({reason}): put {', '.join(self.files)} "
                f"into that folder, or set root to the folder that holds {self.folder}."
            ) from error


@cache
def _read(source: str, root: Path, split: SplitName) -> Any:
    return getattr(datasets, source)(root, train=split == "train", download=True)
