"""Grid of samples in one picture."""

from typing import TYPE_CHECKING, NamedTuple

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from .definition import Batch
from .elements import curve_field, value_text

if TYPE_CHECKING:
    from .presentation import Presentation

MOST = 24  # samples
COLUMNS = 8
WIDE = 0.4  # height of a picture, in widths, below which there are half as many columns
GAP = 0.08  # between two samples, in widths of one
LINE = 2 * GAP  # height of a line of the caption
LONGEST = 180  # characters of a line of the captions in one row

Box = tuple[float, float, float, float]  # left, right, bottom, top


def draw_grid(presentation: "Presentation", batch: Batch, prediction: "NamedTuple | None" = None) -> Figure:
    """Draw up to 24 samples with captions: black if prediction and target agree, else crimson."""
    inputs = list(presentation.inputs(batch))[:MOST]
    targets = presentation.target_text(batch)
    predicted = [None] * len(inputs) if prediction is None else presentation.prediction_text(prediction)
    pictures = presentation.pictures(inputs, batch.target, prediction)
    side = _side(next((picture for picture in pictures if picture is not None), None))
    columns = COLUMNS if side >= WIDE else COLUMNS // 2
    gap, line = GAP * columns / COLUMNS, LINE * columns / COLUMNS
    rows, height = -(-len(inputs) // columns), side + 2 * line
    width = columns * (1 + gap)
    figure = Figure(figsize=(12, 12 * rows * height / width))
    axis = figure.add_axes((0, 0, 1, 1))  # one axis for all samples: 24 axes take ten times as long to draw
    axis.axis("off")
    for index, sample in enumerate(inputs):
        left, top = index % columns * (1 + gap), -(index // columns) * height
        presentation.show(axis, (left, left + 1, top - side, top), sample, pictures[index])
        text = presentation.caption(targets[index], predicted[index])
        agrees = predicted[index] in (None, targets[index])
        axis.text(
            left + 0.5, top + gap / 4, "\n".join(_short(row, LONGEST // columns) for row in text.splitlines()),
            size=10, color="black" if agrees else "crimson", ha="center", va="bottom", linespacing=0.95,
        )  # fmt: skip
    axis.set(xlim=(-gap / 2, width - gap / 2), ylim=(2 * line - rows * height - gap / 2, 2 * line))
    return figure


def _side(picture: Tensor | None) -> float:
    """Height of a cell in widths: that of the first picture, between 0.25 and 2."""
    return 0.4 if picture is None else min(max(picture.shape[0] / picture.shape[1], 0.25), 2.0)


def show_input(axis: Axes, box: Box, input: NamedTuple, picture: Tensor | None) -> None:
    """Draw pixels scaled into the box, else the first long row of numbers as a curve, else the values as text."""
    left, right, bottom, top = box
    if picture is None and (curve := curve_field(input)) is not None:
        low, high = curve.aminmax()
        heights = (curve - low) / (high - low).clamp(min=1e-12) * (top - bottom)
        axis.plot(torch.linspace(left, right, len(curve)).numpy(), (bottom + heights).numpy(), "dimgray", linewidth=0.7)
        return
    if picture is None:
        named = [(name, value) for name, value in input._asdict().items() if value is not None]
        lines = "\n".join(_short(f"{name} {value_text(value)}", LONGEST // COLUMNS) for name, value in named)
        axis.text((left + right) / 2, (bottom + top) / 2, lines, size=9, ha="center", va="center", color="dimgray")
        return
    height, width = picture.shape[:2]
    scale = min((right - left) / width, (top - bottom) / height)  # raw images may differ in size
    extent = (left, left + scale * width, top - scale * height, top)
    axis.imshow(picture.numpy(), cmap="gray", vmin=0, vmax=255, extent=extent)


def _short(line: str, longest: int) -> str:
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
