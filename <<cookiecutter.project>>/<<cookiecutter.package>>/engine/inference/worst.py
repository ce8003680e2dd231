"""The samples of the greatest loss."""

from collections.abc import Callable
from typing import Any

import torch
from matplotlib.figure import Figure
from polars import DataFrame

from ..data.collate import index_batch
from ..definitions.definition import Batch, Definition


def worst(table: DataFrame, split: Batch, predict: Callable[[Any], Any], definition: Definition) -> Figure:
    """The 24 samples of the greatest loss in a table of predictions of this split."""
    place = {int(number): index for index, number in enumerate(split.id)}
    ids = table.sort("loss", descending=True).head(24)["id"].to_list()
    batch = index_batch(split, torch.tensor([place[number] for number in ids]))
    return definition.draw(batch, predict(batch.input))
