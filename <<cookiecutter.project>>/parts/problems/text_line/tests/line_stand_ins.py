"""Small images of lines with their texts."""

from collections.abc import Callable
from pathlib import Path

from PIL import Image

from <<cookiecutter.package>>.datasets.made_lines import ALPHABET, MadeLines


def write_folder(root: Path) -> None:
    """A few made lines as files."""
    dataset = MadeLines(count=40)
    for split, count in {"train": 24, "test": 4}.items():
        (root / split).mkdir(parents=True)
        for token in dataset.tokens(split)[:count]:  # type: ignore[arg-type]  # a split's name
            path = root / split / f"{token[1]}.png"
            Image.fromarray(dataset.get_line(token)[0].numpy()).save(path)
            path.with_suffix(".gt.txt").write_text(dataset.get_symbols(token))
    Image.new("L", (400, 32), 255).save(root / "train" / "letters.png")
    (root / "train" / "letters.gt.txt").write_text(ALPHABET)  # each character is in a training text


def write_lists(root: Path) -> None:
    """The same by lists."""
    write_folder(root)
    for split in ("train", "test"):
        names = sorted(path.name for path in (root / split).glob("*.png"))
        (root / f"{split}.txt").write_text("".join(f"{split}/{name}\n" for name in names))


STAND_INS: dict[str, Callable[[Path], None]] = {"line_folder": write_folder, "line_lists": write_lists}
REPEATED = ("line_lists",)
"""Datasets with the same reader as another: checked by the slow tests only."""
