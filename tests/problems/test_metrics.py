"""Columns of the table of predictions are the metrics: a mean, or a ratio of sums."""

import json
import math
from collections.abc import Callable

import polars as pl
import pytest

from conftest import Run

Figures = dict[str, float]


def mean(table: pl.DataFrame, name: str) -> float:
    """Mean of a column."""
    return float(table[name].cast(pl.Float64).mean())  # type: ignore[arg-type]


def ratio(table: pl.DataFrame, first: str, second: str) -> float:
    """Sum of a column over that of another."""
    return float(table[first].sum()) / float(table[second].sum())


def of_classes(table: pl.DataFrame) -> Figures:
    return {"acc": mean(table, "correct")}


def of_numbers(table: pl.DataFrame) -> Figures:
    return {"mae": mean(table, "absolute_error"), "rmse": math.sqrt(mean(table, "squared_error"))}


def of_masks(table: pl.DataFrame) -> Figures:
    names = [name.removeprefix("union_") for name in table.columns if name.startswith("union_")]
    ious = [ratio(table, f"intersection_{name}", f"union_{name}") for name in names if table[f"union_{name}"].sum()]
    return {"acc": ratio(table, "correct", "pixels"), "iou": sum(ious) / len(ious)}


def of_texts(table: pl.DataFrame) -> Figures:
    return {"cer": ratio(table, "errors", "characters"), "exact": mean(table, "exact")}


def of_tokens(table: pl.DataFrame) -> Figures:
    nats = mean(table, "loss")  # all windows have the same length
    return {"bits": nats / math.log(2), "perplexity": math.exp(nats)}


FAMILIES: dict[str, Callable[[pl.DataFrame], Figures]] = {
    "image_classification": of_classes,
    "text_classification": of_classes,
    "tabular": of_classes,
    "tabular_numbers": of_numbers,
    "segmentation": of_masks,
    "text_line": of_texts,
    "language_model": of_tokens,
}


@pytest.mark.parametrize("problem", FAMILIES)
def test_columns_are_the_metrics(problem: str, trained_with: Run) -> None:
    folder = trained_with(problem) / "test"
    figures = FAMILIES[problem](pl.read_parquet(folder / "predictions.parquet"))
    said = json.loads((folder / "metrics.json").read_text())
    for name, value in figures.items():
        assert said[name] == pytest.approx(value, rel=1e-4, abs=1e-6), name
