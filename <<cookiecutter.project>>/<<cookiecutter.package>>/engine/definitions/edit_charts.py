"""Statistics and charts of texts: what was read instead of what."""

from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from polars import DataFrame

SHOWN = 12  # edits and lines in a chart
LONGEST = 70  # characters of a line in a chart
COLOURS = {"equal": "black", "replace": "crimson", "insert": "crimson", "delete": "dimgray"}


def edits(target: str, prediction: str) -> Iterator[tuple[str, str, str]]:
    """Kind of edit (as in difflib: equal, replace, insert, delete), part of the target, and of the prediction."""
    for kind, start, end, first, last in SequenceMatcher(None, target, prediction, autojunk=False).get_opcodes():
        yield kind, target[start:end], prediction[first:last]


def confusions(table: DataFrame) -> dict[str, int]:
    """Most frequent edits, `target → prediction` with a · for nothing, and how often each occurs."""
    counts: Counter[str] = Counter()
    for target, prediction in table.filter(table["errors"] > 0).select("target", "prediction").iter_rows():
        counts.update(f"{one or '·'} → {two or '·'}" for kind, one, two in edits(target, prediction) if kind != "equal")
    return dict(counts.most_common(SHOWN))


def summarize(table: DataFrame) -> dict[str, object]:
    """`cer` and `exact` as the metrics of the definition, and the most frequent edits."""
    errors, characters = int(table["errors"].sum()), max(int(table["characters"].sum()), 1)
    exact = int(table["exact"].sum()) / max(len(table), 1)
    return {"cer": errors / characters, "exact": exact, "most_frequent_edits": confusions(table)}


def charts(table: DataFrame) -> dict[str, Figure]:
    """`edits`: the lines with the most errors, wrong characters in colour. `confusions`: the most frequent edits."""
    worst = table.filter(table["errors"] > 0).sort("errors", descending=True).head(SHOWN)
    figures = {"edits": _edits(worst)} if len(worst) else {}
    if counts := confusions(table):
        figure = Figure(figsize=(7, 4), layout="constrained")
        axis = figure.subplots()
        axis.bar_label(axis.barh(list(counts), list(counts.values())), padding=3)
        axis.invert_yaxis()
        axis.set(xlabel="times", title="target → prediction")
        figures["confusions"] = figure
    return figures


def _edits(worst: DataFrame) -> Figure:
    figure = Figure(figsize=(12, 0.55 * len(worst) + 0.4))
    axis = figure.add_axes((0, 0, 1, 1))
    axis.axis("off")
    axis.set(xlim=(0, LONGEST + 12), ylim=(-2.2 * len(worst), 0.4))
    for row, (target, prediction) in enumerate(worst.select("target", "prediction").iter_rows()):
        parts = list(edits(target[:LONGEST], prediction[:LONGEST]))
        top = -2.2 * row - 0.5
        _write(
            axis, top, "target", [(COLOURS["delete" if kind == "delete" else "equal"], one) for kind, one, _ in parts]
        )
        _write(axis, top - 0.8, "predicted", [(COLOURS[kind], two) for kind, _, two in parts])
    return figure


def _write(axis: Axes, y: float, head: str, parts: list[tuple[str, str]]) -> None:
    axis.text(0, y, head, size=9, color="dimgray", va="center")
    column = 10
    for colour, text in parts:
        for letter in text:
            axis.text(column, y, letter, size=9, family="monospace", color=colour, va="center", ha="center")
            column += 1
