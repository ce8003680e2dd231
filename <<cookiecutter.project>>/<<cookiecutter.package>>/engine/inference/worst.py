"""Samples of the greatest loss: as one picture, and one by one with target, prediction and facts."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch
from matplotlib.figure import Figure
from polars import DataFrame, col, int_range
from polars import len as len_

from ..core.files import atomic_write
from ..core.plain import PlainData
from ..data.collate import index_batch
from ..definitions.definition import Batch, Definition
from ..definitions.thumbnail import png_of

SHOWN = 24
MORE, OF_PAIR = 120, 4  # samples one by one at most, and of each pair of target and prediction
TEXT = 400  # characters of an input, at most
FACTS = ("path",)  # columns that are shown with a sample
Predict = Callable[[Batch], NamedTuple]
"""Maps a batch to its prediction, both on the CPU."""


def draw_worst(table: DataFrame, split: Batch, predict: Predict, definition: Definition) -> Figure:
    """Draw the 24 samples of the greatest loss in a table of predictions for a split."""
    batch = _batch(split, table.sort("loss", descending=True).head(SHOWN)["id"].to_list())
    return definition.presentation().draw(batch, predict(batch))


def _batch(split: Batch, ids: list[int]) -> Batch:
    indices = {number: index for index, number in enumerate(split.id.tolist())}
    return index_batch(split, torch.tensor([indices[number] for number in ids]))


def write_worst(path: Path, table: DataFrame, split: Batch, predict: Predict, definition: Definition) -> None:
    """Write `path`, a list of samples: the 24 of the greatest loss and, of classes, up to four of each mistake.

    A sample has id, loss, target, prediction and, where the table has it, path and probability of the predicted class;
    and `picture` (PNG as hexadecimal digits) or `text`.
    """
    chosen = _chosen(table)
    presentation, batch = definition.presentation(), _batch(split, chosen["id"].to_list())
    prediction = predict(batch)
    inputs = list(presentation.inputs(batch))
    pictures = presentation.pictures(inputs, batch.target, prediction)
    texts = zip(presentation.target_text(batch), presentation.prediction_text(prediction), strict=True)
    rows = chosen.rows(named=True)
    found: list[PlainData] = []
    for row, given, picture, (target, predicted) in zip(rows, inputs, pictures, texts, strict=True):
        probability = row.get(f"probability_{row['prediction']}") if "prediction" in row else None
        facts = {name: row[name] for name in FACTS if name in row}
        shown = (
            {"text": presentation.input_text(given)[:TEXT]} if picture is None else {"picture": png_of(picture).hex()}
        )
        known = {"id": row["id"], "loss": row["loss"], "target": target[:TEXT], "prediction": predicted[:TEXT]}
        found.append({**known, "probability": probability, **facts, **shown})
    with atomic_write(path) as new:
        new.write_text(json.dumps(found), encoding="utf-8")


def _chosen(table: DataFrame) -> DataFrame:
    ordered = table.sort("loss", descending=True)
    if not {"target", "prediction", "correct"} <= set(table.columns):
        return ordered.head(SHOWN)
    place = int_range(len_()).over("target", "prediction").alias("place")
    wrong = ordered.filter(col("correct") == 0).with_columns(place).filter(col("place") < OF_PAIR)
    ids = dict.fromkeys([*ordered.head(SHOWN)["id"], *wrong.sort("place", maintain_order=True)["id"]])
    return ordered.filter(col("id").is_in(list(ids)[:MORE]))
