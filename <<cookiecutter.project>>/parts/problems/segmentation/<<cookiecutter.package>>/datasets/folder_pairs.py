"""Your own images and masks, in two folders for each split."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import torch
from annotated_types import Ge
from torch import Tensor

from ..definitions.segmentation import Segmentation
from ..engine.core.errors import InputError
from ..engine.datasets.dataset import Dataset, SplitName
from ..engine.definitions.image_file import FILE_EXTENSIONS, open_image, read_image
from ..engine.definitions.masks import IGNORED

Token = tuple[Path, Path]


class FolderPairs(Dataset[Token]):
    """Images in <root>/<split>/images, and for each a mask of the same name in <root>/<split>/masks.

    A mask is a PNG, gray or with a palette, whose pixels have the number of their class. Tokens are both paths.

    Args:
        root: Folder with `train`, `test` and optionally `val`.
        classes: Names of the values 0, 1, …
        size: Height and width to which images and masks are scaled.
        channels: 1 (gray) or 3 (RGB).
        ignored: Value of pixels without a class; they count in no loss and no metric.
    """

    def __init__(
        self,
        root: str = "data",
        classes: Sequence[str] = ("background", "object"),
        size: tuple[Annotated[int, Ge(1)], Annotated[int, Ge(1)]] = (128, 128),
        channels: int = 3,
        ignored: int = IGNORED,
    ) -> None:
        super().__init__(root)
        self.classes, self.size, self.channels, self.ignored = tuple(classes), tuple(size), channels, ignored

    def definition(self) -> Segmentation:
        height, width = self.size
        return Segmentation(self.classes, channels=self.channels, height=height, width=width)

    def tokens(self, split: SplitName) -> Sequence[Token]:
        folder = self.root / split
        if split == "val" and not folder.is_dir():
            return []
        if not folder.is_dir():
            raise InputError(f"There is no folder {folder}: expected images/ and masks/ in it.")
        images = [path for path in sorted((folder / "images").glob("*")) if path.suffix.lower() in FILE_EXTENSIONS]
        pairs = [(path, folder / "masks" / f"{path.stem}.png") for path in images]
        if missing := [mask for _, mask in pairs if not mask.is_file()]:
            raise InputError(f"{len(missing)} images of {folder} have no mask, the first is {missing[0]}: add it.")
        return pairs

    def get_image(self, token: Token) -> Tensor:
        return read_image(token[0])

    def get_mask(self, token: Token) -> Tensor:
        with open_image(token[1]) as image:
            if image.mode not in ("L", "P", "1", "I;16"):
                raise InputError(
                    f"{token[1]} has colours ({image.mode}), expected one number for each pixel: a gray image or one "
                    "with a palette."
                )
            values = np.asarray(image).astype(np.int64)
        wrong = sorted({*np.unique(values).tolist()} - {*range(len(self.classes)), self.ignored})
        if wrong:
            raise InputError(
                f"{token[1]} has the value {wrong[0]}, expected 0 to {len(self.classes) - 1} for the classes "
                f"{', '.join(self.classes)}, or {self.ignored} for pixels without one."
            )
        return torch.from_numpy(np.where(values == self.ignored, IGNORED, values).astype(np.uint8))
