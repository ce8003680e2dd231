"""Plots for pages, as Vega-Lite says them: https://vega.github.io/vega-lite/docs/."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

TRAIN, VAL, FURTHER, FAINT = "#4c78a8", "#e4572e", "#54a24b", "#88888899"
POINTS = 500  # of a line, at most
BINS = 40  # of a histogram
Spec = dict[str, Any]
"""Specification in Vega-Lite."""


class Plot(NamedTuple):
    """Plot with a title, and a description for those who do not see it."""

    title: str
    description: str
    spec: Spec


def thinned(values: Sequence[Any]) -> list[Any]:
    """At most `POINTS` values at even intervals, with the first and the last."""
    if len(values) <= POINTS:
        return list(values)
    step = (len(values) - 1) / (POINTS - 1)
    return [values[round(number * step)] for number in range(POINTS)]


def axis(field: str, title: str, kind: str = "quantitative", **scale: Any) -> Spec:
    """Encoding of a field on an axis."""
    usual = {"nice": False} if scale.get("type") == "log" else {"zero": False, "nice": True}
    return {"field": field, "type": kind, "title": title, "scale": {**usual, **scale}}


def colour(field: str, colours: Mapping[str, str] | None = None) -> Spec:
    """Encoding of a text as colour, with a legend below."""
    scale = {"domain": list(colours), "range": list(colours.values())} if colours else {"scheme": "tableau10"}
    return {"field": field, "type": "nominal", "title": None, "scale": scale, "legend": {"orient": "bottom"}}


def layers(data: Sequence[Spec], *marks: Spec, width: int = 320, height: int = 210) -> Spec:
    """Marks over each other, over the same rows."""
    return {"width": width, "height": height, "data": {"values": list(data)}, "layer": list(marks)}


def bars(rows: Sequence[Spec], name: str, value: str, number: str, colours: Sequence[str] = ()) -> Spec:
    """A bar for each row, from the top, with its value beside it; `number` is its format."""
    encoding: Spec = {
        "y": {"field": name, "type": "nominal", "sort": None, "title": None},
        "x": {"field": value, "type": "quantitative", "title": value},
    }
    bar: Spec = {"mark": {"type": "bar", "color": TRAIN, "tooltip": True}, "encoding": encoding}
    if colours:
        scale = {"domain": [row[name] for row in rows], "range": list(colours)}
        bar["encoding"] = {**encoding, "color": {"field": name, "type": "nominal", "scale": scale, "legend": None}}
    mark = {"type": "text", "align": "left", "dx": 4, "color": "#808080"}
    texts = {"mark": mark, "encoding": {**encoding, "text": {"field": value, "format": number}}}
    return layers(rows, bar, texts, width=420, height=24 * len(rows))


def histogram(values: NDArray[np.float64], title: str, mean: float | None = None) -> Spec:
    """How many samples have values in each of `BINS` parts of their range; a line marks the mean."""
    counts, edges = np.histogram(values[np.isfinite(values)], BINS)
    rows = [
        {"from": float(f"{start:.5g}"), "to": float(f"{end:.5g}"), "samples": int(count)}
        for count, start, end in zip(counts, edges[:-1], edges[1:], strict=True)
    ]
    x = {"field": "from", "type": "quantitative", "bin": "binned", "title": title, "scale": {"zero": False}}
    samples = {"field": "samples", "type": "quantitative", "title": "samples"}
    encoding = {"x": x, "x2": {"field": "to"}, "y": samples}
    marks: list[Spec] = [{"mark": {"type": "bar", "color": TRAIN, "tooltip": True}, "encoding": encoding}]
    if mean is not None:
        rule = {"type": "rule", "color": VAL, "strokeDash": [4, 4]}
        marks.append({"data": {"values": [{"from": mean}]}, "mark": rule, "encoding": {"x": {**x, "bin": None}}})
    return layers(rows, *marks, width=420)
