"""Small images of lines with their texts."""

import string
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw

WORDS = ["lines", "of", "print", "are", "read", "from", "left", "to", "right", "by", "column"]


def write_line(path: Path, text: str) -> None:
    """Write an image of a text, and the text."""
    image = Image.new("L", (8 * len(text) + 12, 20), 255)
    ImageDraw.Draw(image).text((4, 4), text, fill=0)
    image.save(path)
    path.with_suffix(".gt.txt").write_text(text)


def write_folder(root: Path) -> None:
    """A few lines as files; each character is in a training text."""
    for split, count in {"train": 24, "test": 4}.items():
        (root / split).mkdir(parents=True)
        for number in range(count):
            words = [WORDS[(number + step) % len(WORDS)] for step in range(1 + number % 3)]
            write_line(root / split / f"{number}.png", f"{split} {number}: {' '.join(words)}")
    write_line(root / "train" / "letters.png", string.ascii_lowercase + string.digits + " :")


def write_lists(root: Path) -> None:
    """The same by lists."""
    write_folder(root)
    for split in ("train", "test"):
        names = sorted(path.name for path in (root / split).glob("*.png"))
        (root / f"{split}.txt").write_text("".join(f"{split}/{name}\n" for name in names))


STAND_INS: dict[str, Callable[[Path], None]] = {"line_folder": write_folder, "line_lists": write_lists}
REPEATED = ("line_lists",)
"""Datasets with the same reader as another: checked by the slow tests only."""
