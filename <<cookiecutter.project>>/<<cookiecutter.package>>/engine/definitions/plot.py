"""Plots for pages, as Vega-Lite says them: https://vega.github.io/vega-lite/docs/."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

TRAIN, VAL, FURTHER, FAINT = "#4c78a8", "#e4572e", "#54a24b", "#88888899"
POINTS = 500  # of a line, at most
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
