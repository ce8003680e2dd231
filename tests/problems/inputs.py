"""Inputs of each problem as a user has them: image files, rows of tables, lines of text."""

from pathlib import Path
from typing import Any

import polars as pl
from PIL import Image
from project import config_of
from torch import Tensor

from my_project.engine.testing import data_and_pipeline

COUNT = 5


def write_inputs(problem: str, folder: Path) -> Path:
    """Write test samples of the default dataset of a problem; returns the value of `inputs` for predict.py."""
    data, _ = data_and_pipeline(config_of(f"problem={problem}"))
    dataset: Any = data.dataset
    folder.mkdir(parents=True)
    tokens = dataset.tokens("test")[:COUNT]
    images = next((name for name in ("get_image", "get_line") if hasattr(dataset, name)), None)
    if images is not None:
        for number, token in enumerate(tokens):
            pixels: Tensor = getattr(dataset, images)(token)
            Image.fromarray(pixels.permute(1, 2, 0).squeeze(2).numpy()).save(folder / f"{number}.png")
        return folder
    if problem == "blank":
        path = folder / "points.csv"
        path.write_text("\n".join(["x", *(str(token) for token in tokens)]))
        return path
    if hasattr(dataset, "tables"):
        path = folder / "rows.csv"
        dataset.tables["test"].head(COUNT).write_csv(path)
        return path
    path = folder / "lines.txt"
    running = hasattr(dataset, "text")
    texts = [dataset.text[token : token + 40] if running else dataset.get_tokens(token)[0] for token in tokens]
    path.write_text("".join(" ".join(text.split()) + "\n" for text in texts))
    return path


def as_formats(path: Path) -> list[Path]:
    """The same rows as CSV, JSON lines and Parquet."""
    table = pl.read_csv(path, infer_schema_length=None)
    table.write_ndjson(path.with_suffix(".jsonl"))
    table.write_parquet(path.with_suffix(".parquet"))
    return [path, path.with_suffix(".jsonl"), path.with_suffix(".parquet")]
