"""Plots of predicted masks, from a table with a row for each sample."""

from collections.abc import Sequence

import numpy as np
from polars import DataFrame

from .mask_charts import iou_of_classes
from .mask_pictures import PALETTE
from .plot import Plot, bars, histogram

IOU = "intersection over union"
BACKGROUND = (136, 136, 136)  # is black in pictures


def plots(names: Sequence[str], table: DataFrame) -> dict[str, list[Plot]]:
    """In place of the chart `iou`: that of each class, and the share of correct pixels of each sample."""
    values = {name: value for name, value in iou_of_classes(names, table).items() if value is not None}
    rows = [{"class": name, IOU: round(value, 4)} for name, value in values.items()]
    colours = [_colour(names.index(name)) for name in values]
    said = ", ".join(f"{name} {value:.3f}" for name, value in values.items())
    each = Plot("each class", f"Intersection over union: {said}.", bars(rows, "class", IOU, ".3f", colours))
    share = table["correct"].to_numpy() / np.maximum(table["pixels"].to_numpy(), 1)
    said = f"Correct share of the pixels of {len(share):,} samples, mean {share.mean():.3f}."
    return {"iou": [each, Plot("each sample", said, histogram(share, "correct share of its pixels", share.mean()))]}


def _colour(label: int) -> str:
    red, green, blue = PALETTE[label].tolist() if label else BACKGROUND
    return f"#{red:02x}{green:02x}{blue:02x}"
