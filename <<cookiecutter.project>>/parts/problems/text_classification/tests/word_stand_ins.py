"""Small tables of texts."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np

WORDS = {
    "plants": ["leaf", "root", "seed", "tree", "flower", "moss"],
    "metals": ["iron", "copper", "zinc", "tin", "gold", "ore"],
}


def write_texts(root: Path) -> None:
    """Sentences about plants and metals, with commas, quotes and letters of other alphabets."""
    root.mkdir()
    draws = np.random.default_rng(0)
    for split, count in {"train": 80, "test": 20}.items():
        with (root / f"{split}.csv").open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(["text", "label"])
            for number in range(count):
                label = list(WORDS)[number % 2]
                words = " ".join(draws.choice(WORDS[label], draws.integers(3, 9)))
                table.writerow([f'About "{words}", größer {number} than {split}', label])


STAND_INS: dict[str, Callable[[Path], None]] = {"text_table": write_texts}
REPEATED = ()
"""Datasets with the same reader as another: checked by the slow tests only."""
