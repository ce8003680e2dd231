"""What all data sets have in common that torchvision downloads and keeps in memory."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from torchvision import datasets

from ..engine.core.errors import InputError
from ..engine.datasets.dataset import Dataset, SplitName

Token = tuple[SplitName, int]


class Downloaded(Dataset):
    """Tokens are (split, index). A subclass names torchvision's class, the folder and files that it reads, and the
    classes in the order of their labels, so that no file is read for a definition.
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
        """torchvision's object for a split, downloaded first where its files are missing.

        Raises:
            InputError: the download failed; names the files and their folder.
        """
        try:
            return _read(self.source, self.root, split)
        except (OSError, RuntimeError, ValueError) as error:
            reason = str(error).partition("\n")[0].rstrip(":")
            place = (self.root / self.folder).resolve()
            raise InputError(
                f"{self.source} is not in {place} and could not be downloaded ({reason}): put {', '.join(self.files)} "
                f"into that folder, or set dataset.root to the folder that holds {self.folder}."
            ) from error


@cache
def _read(source: str, root: Path, split: SplitName) -> Any:
    return getattr(datasets, source)(root, train=split == "train", download=True)
