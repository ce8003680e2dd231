"""Picture of the samples of the greatest loss."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from matplotlib.figure import Figure
from polars import DataFrame

from ..data.collate import index_batch
from ..definitions.definition import Batch, Definition

SHOWN = 24


def draw_worst(
    table: DataFrame, split: Batch, predict: Callable[[Batch], NamedTuple], definition: Definition
) -> Figure:
    """Draw the 24 samples of the greatest loss in a table of predictions for a split.

    `predict` maps a batch to its prediction, both on the CPU.
    """
    indices = {number: index for index, number in enumerate(split.id.tolist())}
    ids = table.sort("loss", descending=True).head(SHOWN)["id"].to_list()
    batch = index_batch(split, torch.tensor([indices[number] for number in ids]))
    return definition.presentation().draw(batch, predict(batch))
