"""Plot of all jobs of a sweep: an axis for each key and one for the score, and a line for each job."""

from collections.abc import Sequence

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

from ..definitions.plot import Plot, Spec, layers
from ..sweeps.importance import Column, scaled, values_of
from ..sweeps.plan import Plan
from ..sweeps.results import Result
from .content import Chart

JOBS = 200  # lines, at most


def parallel_coordinates(plan: Plan, results: Sequence[Result], keys: Sequence[str]) -> Chart:
    """Lines in the colour of their score, the best over the others; the job under the pointer stands out."""
    ranked = sorted(results, key=lambda each: each.score or 0.0, reverse=plan.mode == "max")
    drawn = ranked[:: -(-len(ranked) // JOBS)][::-1]
    scores = [float(each.score or 0.0) for each in drawn]
    found = {key: values_of(plan, drawn, key) for key in keys}
    columns = {f"{key} (log)" if column.log else key: column for key, column in found.items()}
    columns[plan.metric] = Column(list(map(str, scores)), scores, log=False)
    shares = scaled(np.array(scores))
    better: list[float] = (shares if plan.mode == "max" else 1 - shares).tolist()
    said = f"{len(drawn)} of {len(results)} jobs over {', '.join(columns)}: {min(scores):.4g} to {max(scores):.4g}."
    plot = Plot("", said, _spec(drawn, columns, better))
    return Chart([plot], lambda: _figure(columns, better))


def _spec(drawn: Sequence[Result], columns: dict[str, Column], better: Sequence[float]) -> Spec:
    rows: list[Spec] = [
        {"axis": name, "place": round(float(place), 4), "job": each.number, "better": round(float(share), 4),
         "value": text, "words": " ".join(each.words)}
        for name, column in columns.items()
        for each, share, place, text in zip(drawn, better, column.places, column.texts, strict=True)
    ]  # fmt: skip
    x: Spec = {"field": "axis", "type": "nominal", "sort": list(columns), "title": None}
    x["axis"] = {"labelAngle": 0, "domain": False, "ticks": False, "grid": True, "labelLimit": 200, "labelPadding": 10}
    encoding: Spec = {"x": x, "y": {"field": "place", "type": "quantitative", "axis": None}}
    hover = {"param": "hover", "empty": False}
    line: Spec = {
        "params": [{"name": "hover", "select": {"type": "point", "on": "pointerover", "fields": ["job"]}}],
        "mark": "line",
        "encoding": {
            **encoding,
            "detail": {"field": "job"},
            "order": {"field": "better", "type": "quantitative"},
            "color": {"field": "better", "type": "quantitative", "scale": {"scheme": "viridis"}, "legend": None},
            "strokeWidth": {"condition": {**hover, "value": 5}, "value": 1.5},
            "opacity": {"condition": {**hover, "value": 1}, "value": 0.7},
            "tooltip": [{"field": field} for field in ("job", "words")],
        },
    }
    ticks = [{"axis": name, "place": at, "text": text} for name, column in columns.items() for at, text in column.ticks]
    texts: Spec = {
        "data": {"values": ticks},
        "mark": {"type": "text", "align": "left", "dx": 5},
        "encoding": {**encoding, "text": {"field": "text"}},
    }
    return layers(rows, line, texts, width=max(600, 150 * len(columns)), height=260)


def _figure(columns: dict[str, Column], better: Sequence[float]) -> Figure:
    figure = Figure(figsize=(12, 4.5), layout="constrained")
    axis = figure.subplots()
    places = np.stack([column.places for column in columns.values()])
    for index, share in enumerate(better):
        axis.plot(places[:, index], color=colormaps["viridis"](share), alpha=0.7)
    for number, column in enumerate(columns.values()):
        axis.axvline(number, color="gray", linewidth=0.8)
        for place, text in column.ticks:
            axis.annotate(text, (number, place), fontsize=9, xytext=(3, 0), textcoords="offset points")
    axis.set(xlim=(-0.1, len(columns) - 0.65), ylim=(-0.05, 1.05), yticks=[])
    axis.set_xticks(range(len(columns)), list(columns))
    for side in axis.spines.values():
        side.set_visible(False)
    return figure
