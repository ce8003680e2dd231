"""Grid of samples in one picture."""

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, NamedTuple

import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from .definition import Batch
from .elements import curve_field

if TYPE_CHECKING:
    from .presentation import Presentation

MOST = 24  # samples
COLUMNS = 8
WIDE = 0.4  # height of a picture, in widths, below which there are half as many columns
GAP = 0.08  # between two samples, in widths of one
LINE = 2 * GAP  # height of a line of the caption
LONGEST = 132  # characters of a line of the captions in one row
CAPTION, TEXT = 10, 8  # sizes of the font in points
LETTER = 0.58  # mean width of a letter, in sizes of the font
SHORT = 60  # characters of a text that is drawn in a small cell

Box = tuple[float, float, float, float]  # left, right, bottom, top


def draw_grid(presentation: "Presentation", batch: Batch, prediction: "NamedTuple | None" = None) -> Figure:
    """Draw up to 24 samples with captions: black if prediction and target agree, else crimson."""
    inputs = list(presentation.inputs(batch))[:MOST]
    targets = presentation.target_text(batch)
    predicted = [None] * len(inputs) if prediction is None else presentation.prediction_text(prediction)
    pictures = presentation.pictures(inputs, batch.target, prediction)
    side = _side(next((picture for picture in pictures if picture is not None), None))
    columns = COLUMNS if side >= WIDE and not _are_long(presentation, inputs, pictures) else COLUMNS // 2
    captions = [
        _caption(presentation.caption(*texts), LONGEST // columns)
        for texts in zip(targets[: len(inputs)], predicted, strict=False)
    ]
    lines = max([2, *(caption.count("\n") + 1 for caption in captions)])
    gap, line = GAP * columns / COLUMNS, LINE * columns / COLUMNS
    rows, height = -(-len(inputs) // columns), side + lines * line
    width = columns * (1 + gap)
    figure = Figure(figsize=(12, 12 * rows * height / width))
    axis = figure.add_axes((0, 0, 1, 1))  # one axis for all samples: 24 axes take ten times as long to draw
    axis.axis("off")
    limits = {"xlim": (-gap / 2, width - gap / 2), "ylim": (lines * line - rows * height - gap / 2, lines * line)}
    axis.set(**limits)
    for index, sample in enumerate(inputs):
        left, top = index % columns * (1 + gap), -(index // columns) * height
        presentation.show(axis, (left, left + 1, top - side, top), sample, pictures[index])
        agrees = predicted[index] in (None, targets[index])
        _write(
            axis, (left - gap / 2, left + 1 + gap / 2, top, top + lines * line), (left + 0.5, top + gap / 4),
            captions[index], size=CAPTION, color="black" if agrees else "crimson", ha="center", va="bottom",
            linespacing=0.95,
        )  # fmt: skip
    axis.set(**limits)  # images have changed them
    return figure


def _are_long(presentation: "Presentation", inputs: Sequence[NamedTuple], pictures: Sequence[Tensor | None]) -> bool:
    """Whether samples are drawn as texts that do not fit a small cell."""
    drawn = [sample for sample, picture in zip(inputs, pictures, strict=True) if picture is None]
    return any(len(presentation.input_text(sample)) > SHORT for sample in drawn if curve_field(sample) is None)


def _caption(text: str, width: int) -> str:
    """Each line of a caption in up to two lines of `width` characters."""
    return "\n".join(row for line in text.splitlines() for row in wrap(line, width, max_lines=2, placeholder="…"))


def _side(picture: Tensor | None) -> float:
    """Height of a cell in widths: that of the first picture, between 0.25 and 2."""
    return 0.4 if picture is None else min(max(picture.shape[0] / picture.shape[1], 0.25), 2.0)


def show_input(axis: Axes, box: Box, input: NamedTuple, picture: Tensor | None, text: str) -> None:
    """Draw pixels scaled into the box, else the first long row of numbers as a curve, else the text."""
    left, right, bottom, top = box
    if picture is None and (curve := curve_field(input)) is not None:
        low, high = curve.aminmax()
        heights = (curve - low) / (high - low).clamp(min=1e-12) * (top - bottom)
        axis.plot(torch.linspace(left, right, len(curve)).numpy(), (bottom + heights).numpy(), "dimgray", linewidth=0.7)
        return
    if picture is None:
        _show_text(axis, box, text)
        return
    height, width = picture.shape[:2]
    scale = min((right - left) / width, (top - bottom) / height)  # raw images may differ in size
    extent = (left, left + scale * width, top - scale * height, top)
    axis.imshow(picture.numpy(), cmap="gray", vmin=0, vmax=255, extent=extent)


def _show_text(axis: Axes, box: Box, text: str) -> None:
    """Write a text into the box, wrapped, and cut where the box ends."""
    left, right, bottom, top = box
    corners = axis.transData.transform([(left, bottom), (right, top)])
    width, height = (corners[1] - corners[0]) * 72 / axis.get_figure(root=True).dpi  # type: ignore[union-attr]  # points
    rows = list(_rows(text, int(width / (LETTER * TEXT))))
    count = max(int(height / (1.25 * TEXT)), 1)
    if len(rows) > count:
        rows = [*rows[: count - 1], f"{rows[count - 1][:-1]}…"]
    _write(axis, box, (left, top), "\n".join(rows), size=TEXT, va="top", color="dimgray", linespacing=1.1)


def _write(axis: Axes, box: Box, position: tuple[float, float], text: str, **properties: str | float) -> None:
    """Write a text at a position, clipped to the box: the width of its letters is only estimated."""
    left, right, bottom, top = box
    written = axis.text(*position, text, parse_math=False, clip_on=True, **properties)  # type: ignore[arg-type]
    written.set_clip_path(Rectangle((left, bottom), right - left, top - bottom, transform=axis.transData))


def _rows(text: str, width: int) -> Iterator[str]:
    for line in text.splitlines():
        printable = "".join(letter if letter.isprintable() else "·" for letter in line.expandtabs(4))
        yield from wrap(printable, width) or [""]
