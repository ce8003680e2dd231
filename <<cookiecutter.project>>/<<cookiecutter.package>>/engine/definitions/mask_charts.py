"""Statistics and charts of predicted masks."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from polars import DataFrame

from .mask_pictures import PALETTE


def iou_of_classes(names: Sequence[str], table: DataFrame) -> dict[str, float | None]:
    """Intersection over union of each class over all samples; None if neither targets nor predictions have it."""
    sums = {name: [int(table[f"{part}_{name}"].sum()) for part in ("intersection", "union")] for name in names}
    return {name: intersection / union if union else None for name, (intersection, union) in sums.items()}


def summarize(names: Sequence[str], table: DataFrame) -> dict[str, object]:
    """`iou` and `acc` as the metrics of the definition, and the intersection over union of each class."""
    values = iou_of_classes(names, table)
    present = [value for value in values.values() if value is not None]
    accuracy = int(table["correct"].sum()) / max(int(table["pixels"].sum()), 1)
    return {"iou": sum(present) / max(len(present), 1), "acc": accuracy, "iou_of_class": values}


def charts(names: Sequence[str], table: DataFrame) -> dict[str, Figure]:
    """`iou`: of each class, and the share of correct pixels of each sample as a histogram."""
    values = {name: value for name, value in iou_of_classes(names, table).items() if value is not None}
    figure = Figure(figsize=(12, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    colours = [(PALETTE[names.index(name)] / 255).tolist() for name in values]
    bars = left.barh(list(values), list(values.values()), color=colours)
    left.bar_label(bars, fmt="%.3f", padding=3)
    left.set(xlabel="intersection over union", xlim=(0, 1.1))
    left.invert_yaxis()
    right.hist(table["correct"].to_numpy() / np.maximum(table["pixels"].to_numpy(), 1), bins=40)
    right.set(xlabel="correct share of the pixels of a sample", ylabel="samples")
    return {"iou": figure}
