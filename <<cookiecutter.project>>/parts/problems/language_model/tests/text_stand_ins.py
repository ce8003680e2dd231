"""A small text file."""

from collections.abc import Callable
from pathlib import Path


def write_text(root: Path) -> None:
    """Numbers in words, one after the other."""
    root.mkdir()
    words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    numbers = (" ".join(words[int(digit)] for digit in str(number * number)) for number in range(900))
    (root / "text.txt").write_text("\n".join(numbers))


STAND_INS: dict[str, Callable[[Path], None]] = {"text_file": write_text}
REPEATED = ()
"""Datasets with the same reader as another: checked by the slow tests only."""
