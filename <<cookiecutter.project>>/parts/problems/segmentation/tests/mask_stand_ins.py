"""Small images and masks of different sizes, with ignored pixels."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image


def write_pairs(root: Path) -> None:
    """Bright boxes on dark images; a frame around each box is ignored."""
    draws = np.random.default_rng(0)
    for split, count in {"train": 24, "test": 8}.items():
        folders = [root / split / name for name in ("images", "masks")]
        for folder in folders:
            folder.mkdir(parents=True)
        for index in range(count):
            height, width = draws.integers(40, 90, 2)
            mask = np.zeros((height, width), np.uint8)
            top, left = draws.integers(4, 12, 2)
            mask[top : top + 20, left : left + 20] = 255
            mask[top + 2 : top + 18, left + 2 : left + 18] = 1
            pixels = draws.normal(60 + 120 * (mask > 0)[:, :, None], 20, (height, width, 3)).clip(0, 255)
            Image.fromarray(pixels.astype(np.uint8)).save(folders[0] / f"{index}.jpg")
            Image.fromarray(mask).save(folders[1] / f"{index}.png")


STAND_INS: dict[str, Callable[[Path], None]] = {"folder_pairs": write_pairs}
REPEATED = ()
"""Datasets with the same reader as another: checked by the slow tests only."""
