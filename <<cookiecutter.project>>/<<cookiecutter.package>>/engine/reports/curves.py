"""Metrics and times of metrics.csv, read and drawn."""

from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path

import polars as pl
from matplotlib.figure import Figure

TIME = "time/"
COLUMNS = 3  # of charts
LEGEND_COLUMNS, LEGEND_ROW = 4, 0.2  # its height in inches


class History:
    """Rows of a run's metrics.csv, as numbers."""

    def __init__(self, folder: Path) -> None:
        path = folder / "metrics.csv"
        self.rows = pl.DataFrame()
        if path.is_file():  # read as text: Python writes nan, which polars does not parse as a number
            cells = pl.read_csv(path, infer_schema=False, glob=False)
            self.rows = cells.select(pl.all().cast(pl.Float64, strict=False))
        ends = self.series("train/loss", "epoch") + self.series("val/loss", "epoch")
        steps = max((step + 1 for step, _ in ends), default=1)
        self.steps_per_epoch = steps / (max((epoch for _, epoch in ends), default=0) + 1)

    def series(self, name: str, values: str | None = None) -> list[tuple[float, float]]:
        """(step, value) of the rows with a value in column `name`; the value is that of column `values`, if given."""
        if not {name, values or name, "step"} <= set(self.rows.columns):
            return []
        rows = self.rows.filter(pl.col(name).is_not_null())
        return list(zip(rows["step"].to_list(), rows[values or name].to_list(), strict=True))

    def last(self, name: str) -> float | None:
        """Last value of a column; None for an empty column."""
        series = self.series(name)
        return series[-1][1] if series else None

    def names(self, split: str) -> list[str]:
        """Metrics of a split, like `loss` of val/loss."""
        return [name.removeprefix(f"{split}/") for name in self.rows.columns if name.startswith(f"{split}/")]

    def validation_sets(self, metric: str) -> list[str]:
        """Names of the further validation sets with a metric: `fonts` of val/fonts/loss."""
        return [name.removesuffix(f"/{metric}") for name in self.names("val") if name.endswith(f"/{metric}")]

    def tests(self) -> dict[str, float]:
        """Test metrics by name, like test/loss."""
        return {
            f"test/{name}": value for name in self.names("test") if (value := self.last(f"test/{name}")) is not None
        }

    def times(self) -> dict[str, float]:
        """Seconds of each part of the training."""
        names = [name for name in self.rows.columns if name.startswith(TIME)]
        return {name.removeprefix(TIME): value for name in names if (value := self.last(name)) is not None}

    def in_epochs(self, name: str) -> tuple[list[float], list[float]]:
        """Epochs and values of a column."""
        series = self.series(name)
        return [(step + 1) / self.steps_per_epoch for step, _ in series], [value for _, value in series]


def curves(runs: Mapping[str, History], steps: bool = False) -> Figure | None:
    """Charts of loss, metrics and learning rate over epochs: training dotted, validation solid, one colour per run.

    With `steps`, the loss of single steps too. None if nothing was logged.
    """
    names = list(dict.fromkeys(name for run in runs.values() for name in [*run.names("val"), *run.names("train")]))
    charts = [name for name in names if name != "loss_step" and "/" not in name] + ["lr"]
    if not names:
        return None
    rows = -(-len(charts) // COLUMNS)
    figure = Figure(figsize=(12, 3.6 * rows))  # margins in inches: an automatic layout takes 0.1 s
    height, margins = 3.6 * rows, {"left": 0.7 / 12, "right": 1 - 0.15 / 12, "wspace": 0.22, "hspace": 0.35}
    figure.subplots_adjust(top=1 - 0.3 / height, bottom=0.9 / height, **margins)
    axes = figure.subplots(rows, COLUMNS, squeeze=False).flatten()
    for axis, name in zip(axes, charts, strict=False):
        for number, (run, history) in enumerate(runs.items()):
            colour = f"C{number % 10}"
            if name == "lr":
                _line(axis, history, ["lr"], colour, run)
                continue
            if steps and name == "loss":
                axis.plot(*history.in_epochs("train/loss_step"), color="silver", linewidth=1, label="train, a batch")
            mark = "" if len(runs) == 1 else f"{run} "
            _line(axis, history, [f"train/{name}"], colour, f"{mark}train", ":")
            _line(axis, history, [f"val/{name}"], colour, f"{mark}val")
            for style, further in zip(cycle(("--", "-.")), history.validation_sets(name)):
                _line(axis, history, [f"val/{further}/{name}"], colour, f"{mark}val {further}", style)
        axis.set(xlabel="epoch", xlim=(0, None), title="learning rate" if name == "lr" else name)
        axis.grid(alpha=0.3)
    for axis in axes[len(charts) :]:
        axis.axis("off")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncols=LEGEND_COLUMNS, fontsize=9)
    below = LEGEND_ROW * max(-(-len(labels) // LEGEND_COLUMNS) - 1, 0)  # inches, for all rows but the first
    figure.set_figheight(height + below)
    figure.subplots_adjust(top=1 - 0.3 / (height + below), bottom=(0.9 + below) / (height + below))
    return figure


def _line(axis: object, history: History, names: Sequence[str], colour: str, label: str, style: str = "-") -> None:
    for name in names:
        x, y = history.in_epochs(name)
        if x:
            axis.plot(x, y, style, color=colour, label=label, marker="o" if len(x) < 20 else None, markersize=3)  # type: ignore[attr-defined]


def parts_of_time(times: Mapping[str, float]) -> Figure:
    """Bar chart of the seconds of each part of a training."""
    rest = times.get("total", 0.0) - sum(seconds for part, seconds in times.items() if part != "total")
    parts = {part: seconds for part, seconds in times.items() if part != "total"} | {"other": max(rest, 0.0)}
    figure = Figure(figsize=(10, 2.5))
    figure.subplots_adjust(left=0.1, right=0.99, top=0.98, bottom=0.19)
    axis = figure.subplots()
    bars = axis.barh(list(parts), list(parts.values()))
    axis.bar_label(bars, [f"{seconds:.3g} s" for seconds in parts.values()], padding=3)
    axis.invert_yaxis()
    axis.margins(x=0.12)
    axis.set_xlabel("seconds")
    return figure
