"""Small tables in each format, with missing values and categories."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl


def table(count: int, seed: int) -> pl.DataFrame:
    """Houses: numbers with gaps, a category with gaps, a truth value, a class and a price."""
    draws = np.random.default_rng(seed)
    area, rooms = draws.uniform(30, 200, count), draws.integers(1, 7, count)
    town = draws.choice(["Bern", "Genève", "Zürich"], count)
    garden = draws.random(count) < 0.5
    price = 5000 * area + 20_000 * rooms + 1e5 * (town == "Zürich") + 5e4 * garden
    columns = {"area": area, "rooms": rooms, "town": town, "garden": garden, "price": price}
    frame = pl.DataFrame(columns | {"label": np.where(price > 7e5, "dear", "cheap")})
    gaps = {"area": draws.random(count) < 0.1, "town": draws.random(count) < 0.1}
    return frame.with_columns(pl.when(~pl.Series(gap)).then(pl.col(name)).alias(name) for name, gap in gaps.items())


def write_classes(root: Path) -> None:
    """Tables of classes, as CSV."""
    root.mkdir()
    for seed, (name, count) in enumerate({"train": 160, "test": 40}.items()):
        table(count, seed).drop("price").write_csv(root / f"{name}.csv")


def write_numbers(root: Path) -> None:
    """Tables of prices, as CSV."""
    root.mkdir()
    for seed, (name, count) in enumerate({"train": 160, "test": 40}.items()):
        table(count, seed).drop("label").rename({"price": "value"}).write_csv(root / f"{name}.csv")


STAND_INS: dict[str, Callable[[Path], None]] = {"class_table": write_classes, "number_table": write_numbers}
REPEATED = ()
"""Datasets with the same reader as another: checked by the slow tests only."""
