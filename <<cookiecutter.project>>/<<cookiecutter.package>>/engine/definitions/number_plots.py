"""Plots of predicted numbers, from a table with a row for each sample."""

from collections.abc import Sequence

import numpy as np
from polars import DataFrame

from .number_charts import CENTRE, errors_of
from .plot import FAINT, TRAIN, VAL, Plot, Spec, axis, layers, thinned

WORST = 5  # samples of the greatest errors, which are always drawn


def plots(names: Sequence[str], table: DataFrame) -> dict[str, list[Plot]]:
    """Plots in place of the charts of these names: `predicted` and `residuals`, one for each number."""
    each = [_plots_of(name, table) for name in names]
    return {"predicted": [predicted for predicted, _ in each], "residuals": [residuals for _, residuals in each]}


def _plots_of(name: str, table: DataFrame) -> tuple[Plot, Plot]:
    target, error = errors_of(name, table)
    known = np.isfinite(target) & np.isfinite(error)
    target, error = target[known], error[known]
    low, high = np.quantile(error, CENTRE) if len(error) else (0.0, 0.0)
    worst = set(np.argsort(-np.abs(error))[:WORST].tolist())
    shown = sorted({*thinned(range(len(error))), *worst})
    numbers = table["id"].to_numpy()[known]
    rows: list[Spec] = [
        {
            "sample": int(numbers[place]),
            "target": _short(target[place]),
            "prediction": _short(target[place] + error[place]),
            "error": _short(error[place]),
        }
        for place in shown
    ]
    count = f"{len(error):,} samples" if len(shown) == len(error) else f"{len(shown)} of {len(error):,} samples"
    tooltip = [{"field": field} for field in ("sample", "target", "prediction", "error")]
    points: Spec = {"type": "point", "filled": True, "size": 22, "color": TRAIN, "opacity": 0.6}
    over: Spec = {"x": axis("target", "target"), "y": axis("prediction", "prediction"), "tooltip": tooltip}
    ends = [float(target.min()), float(target.max())] if len(target) else [0.0, 1.0]
    equal = {"data": {"values": [{"target": end, "prediction": end} for end in ends]}, "mark": _dashed(FAINT)}
    diagonal = {**equal, "encoding": {key: over[key] for key in ("x", "y")}}
    said = f"{name}: prediction over target of {count}; half of the errors are below {np.median(np.abs(error)):.3g}."
    predicted = Plot(name, said, layers(rows, diagonal, {"mark": points, "encoding": over}, width=300, height=300))
    apart: Spec = {"x": axis("prediction", "prediction"), "y": axis("error", "error"), "tooltip": tooltip}
    lines = [_rule(0.0, FAINT, apart["y"]), *(_rule(float(end), VAL, apart["y"]) for end in (low, high))]
    said = f"{name}: error over prediction of {count}; 90 % of the errors lie between {low:.3g} and {high:.3g}."
    marks = [*lines, {"mark": points, "encoding": apart}]
    return predicted, Plot(f"{name}, 90 % between the lines", said, layers(rows, *marks, width=300, height=300))


def _short(value: float) -> float:
    return float(f"{value:.5g}")


def _dashed(colour: str) -> Spec:
    return {"type": "line", "color": colour, "strokeDash": [4, 4]}


def _rule(height: float, colour: str, encoding: Spec) -> Spec:
    mark = {"type": "rule", "color": colour, "strokeDash": [4, 4]}
    return {"data": {"values": [{"error": height}]}, "mark": mark, "encoding": {"y": encoding}}
