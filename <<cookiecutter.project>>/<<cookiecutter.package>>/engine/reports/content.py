"""What a page is made of, besides sentences, tables and pictures."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from matplotlib.figure import Figure

from ..definitions.plot import Plot


class Link(NamedTuple):
    """Cell of a table that leads to another page, or to a part of this one."""

    text: str
    address: str


TextTable = Sequence[Sequence[str]]
"""A table for a terminal too."""
Table = Sequence[Sequence[str | Link]]
"""Rows of cells. The first is the head: a click on one of its cells sorts the rows. Its cells may be empty."""


class Text(NamedTuple):
    """Preformatted text, collapsed by default."""

    lines: str


class Tile(NamedTuple):
    """Figure at the top of a page, with a line below."""

    label: str
    value: str
    note: str = ""


class Chart(NamedTuple):
    """Plots side by side; `figure` draws them where Vega-Lite is not installed."""

    plots: Sequence[Plot]
    figure: Callable[[], Figure | None]


class Card(NamedTuple):
    """Sample of a gallery.

    Attributes:
        picture: Content of a PNG file; None: `text` is shown.
        text: The input as text.
        target, prediction: Short texts, by which the gallery is filtered.
        facts: Further lines.
    """

    picture: bytes | None
    text: str
    target: str
    prediction: str
    facts: Sequence[str]


class Gallery(NamedTuple):
    """Samples that a choice of their target filters."""

    cards: Sequence[Card]


class Matrix(NamedTuple):
    """Counts of targets (rows) and predictions (columns); a cell of samples in the gallery opens them."""

    classes: Sequence[str]
    counts: Sequence[Sequence[int]]
    shown: frozenset[tuple[str, str]]


Content = str | Table | Figure | Path | Text | Chart | Gallery | Matrix
"""A sentence, a table, a picture, the file of a PNG, or one of the above."""
