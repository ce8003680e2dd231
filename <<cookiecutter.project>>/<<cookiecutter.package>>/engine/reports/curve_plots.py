"""Curves and times of runs as plots."""

import math
from collections.abc import Mapping, Sequence

from ..definitions.plot import FAINT, FURTHER, TRAIN, VAL, Plot, Spec, axis, bars, colour, layers, thinned
from .curves import History

MANY = 20.0  # ratio of the values of a loss from which its axis is logarithmic
DOTTED = 60  # points of a line that are marked, at most


def run_curves(history: History, best: float | None = None) -> list[Plot]:
    """Loss, metrics and learning rate of a run over its epochs. `best`: the epoch of the best checkpoint."""
    names = dict.fromkeys([*history.names("val"), *history.names("train")])
    metrics = [name for name in names if name != "loss_step" and "/" not in name]
    plots = []
    for name in metrics:
        further = [f"val {each}" for each in history.validation_sets(name)]
        colours = {"train": TRAIN, "val": VAL, **dict.fromkeys(further, FURTHER)}
        rows = _rows(history, {"train": f"train/{name}", "val": f"val/{name}"})
        rows += _rows(history, {f"val {each}": f"val/{each}/{name}" for each in history.validation_sets(name)})
        steps = _rows(history, {"a batch": "train/loss_step"}) if name == "loss" else []
        if rows:
            plots.append(_curve(name, rows, {key: colours[key] for key in colours if _has(rows, key)}, steps, best))
    if rate := _rows(history, {"rate": "lr"}):
        plots.append(_curve("learning rate", rate, {"rate": TRAIN}, [], None))
    return plots


def _has(rows: Sequence[Spec], series: str) -> bool:
    return any(row["series"] == series for row in rows)


def _rows(history: History, columns: Mapping[str, str]) -> list[Spec]:
    found = []
    for series, name in columns.items():
        points = [point for point in zip(*history.in_epochs(name), strict=True) if math.isfinite(point[1])]
        found += [
            {"epoch": round(epoch, 4), "value": float(f"{value:.6g}"), "series": series}
            for epoch, value in thinned(points)
        ]
    return found


def _curve(
    name: str, rows: Sequence[Spec], colours: Mapping[str, str], steps: Sequence[Spec], best: float | None
) -> Plot:
    values = [row["value"] for row in rows]
    logarithmic = "loss" in name and min(values) > 0 and max(values) / min(values) > MANY
    kind = {"type": "log"} if logarithmic else {}
    encoding = {"x": {**axis("epoch", "epoch", nice=False), "axis": {"tickMinStep": 1}}, "y": axis("value", "", **kind)}
    tooltip = [{"field": field, "type": "quantitative"} for field in ("epoch", "value")]
    tooltip.append({"field": "series", "type": "nominal"})
    marks: list[Spec] = []
    if steps:
        shown = [row for row in steps if row["value"] > 0] if logarithmic else list(steps)
        faint = {"type": "line", "color": FAINT, "strokeWidth": 1}
        marks.append({"data": {"values": shown}, "mark": faint, "encoding": encoding})
    if best is not None:
        rule = {"type": "rule", "color": VAL, "strokeDash": [4, 4]}
        marks.append({"data": {"values": [{"epoch": best}]}, "mark": rule, "encoding": {"x": encoding["x"]}})
    point = {"size": 14} if len(rows) <= DOTTED * len(colours) else False
    line = {"type": "line", "point": point, "strokeWidth": 2}
    marks.append({"mark": line, "encoding": {**encoding, "color": colour("series", colours), "tooltip": tooltip}})
    marked = f" The best epoch, {best:g}, is marked." if best is not None else ""
    ends = {key: [row["value"] for row in rows if row["series"] == key][-1] for key in colours}
    said = ", ".join(f"{key} ends at {value:.4g}" for key, value in ends.items())
    return Plot(name, f"{name} over epochs: {said}.{marked}", layers(rows, *marks))


def compared_curves(runs: Mapping[str, History], metrics: Sequence[str]) -> list[Plot]:
    """Validation curves of several runs, a colour for each."""
    plots = []
    for name in metrics:
        rows = [row for run, history in runs.items() for row in _rows(history, {run: f"val/{name}"})]
        if not rows:
            continue
        encoding = {"x": {**axis("epoch", "epoch", nice=False), "axis": {"tickMinStep": 1}}, "y": axis("value", "")}
        tooltip = [{"field": field} for field in ("series", "epoch", "value")]
        alone = len({row["epoch"] for row in rows}) == 1  # a line needs two
        mark = {"mark": {"type": "line", "point": alone, "strokeWidth": 2}}
        legend = {**colour("series"), "legend": {"orient": "bottom", "columns": 1, "labelLimit": 400}}
        plot = layers(rows, {**mark, "encoding": {**encoding, "color": legend, "tooltip": tooltip}}, width=420)
        plots.append(Plot(f"val/{name}", f"Validation {name} of {len(runs)} runs over epochs.", plot))
    return plots


def times_plot(times: Mapping[str, float]) -> Plot:
    """Seconds of each part of a training."""
    parts = {part: seconds for part, seconds in times.items() if part != "total"}
    parts["other"] = max(times.get("total", 0.0) - sum(parts.values()), 0.0)
    rows = [{"part": part, "seconds": float(f"{seconds:.4g}")} for part, seconds in parts.items()]
    said = ", ".join(f"{row['part']} {row['seconds']:.3g} s" for row in rows)
    return Plot("", f"Seconds by part: {said}.", bars(rows, "part", "seconds", ".3~g"))


def against(rows: Sequence[Spec], x: str, y: str, title: str) -> Plot:
    """Scores of runs over what they take; `rows` have `run`, x and y."""
    most = max(row[x] for row in rows)
    kind = {"type": "log"} if min(row[x] for row in rows) > 0 and most / min(row[x] for row in rows) > MANY else {}
    encoding = {
        "x": axis(x, x, **kind), "y": axis(y, y), "tooltip": [{"field": field} for field in ("run", x, y)],
    }  # fmt: skip
    points = {"mark": {"type": "point", "filled": True, "size": 60, "color": TRAIN}, "encoding": encoding}
    return Plot(title, f"{y} of {len(rows)} runs over {x}.", layers(rows, points))


def bars_of_classes(rows: Sequence[Spec], classes: Sequence[str]) -> Plot:
    """Samples of each class, a bar for each split; `rows` have class, split and samples."""
    counts = [row["samples"] for row in rows if row["samples"]]
    kind = {"type": "symlog"} if max(counts, default=1) > MANY * min(counts, default=1) else {}
    encoding = {
        "x": {"field": "class", "type": "nominal", "sort": list(classes), "title": None},
        "y": {"field": "samples", "type": "quantitative", "title": "samples", "scale": kind},
        "xOffset": {"field": "split", "sort": ["train", "val", "test"]},
        "color": colour("split", {"train": TRAIN, "val": VAL, "test": FURTHER}),
        "tooltip": [{"field": field} for field in ("class", "split", "samples")],
    }
    bar = {"mark": "bar", "encoding": encoding}
    said = (
        f"Samples of each of {len(classes)} classes, {min(counts, default=0):,} to {max(counts, default=0):,} a split."
    )
    return Plot("", said, layers(rows, bar, width=min(max(60 * len(classes), 300), 1100)))
