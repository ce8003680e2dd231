"""Plots as SVG, and the script that makes them answer to the mouse; both by vl-convert, which needs no network."""

import json
import os
from functools import cache
from html import escape
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from ..core.files import atomic_write
from ..definitions.plot import Plot, Spec

THEME: Spec = {  # readable on a light and on a dark page
    "background": None,
    "font": "system-ui, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": "#808080", "titleColor": "#808080", "gridColor": "#80808033", "domainColor": "#808080",
        "tickColor": "#808080", "titleFontWeight": "normal",
    },
    "legend": {"labelColor": "#808080", "titleColor": "#808080", "symbolStrokeWidth": 3},
    "title": {"color": "#808080", "fontSize": 13, "anchor": "start"},
    "text": {"color": "#808080"},
}  # fmt: skip


def is_installed() -> bool:
    """Whether pages can have plots; `uv sync` installs the group `report` by default."""
    return find_spec("vl_convert") is not None


def html_of(plot: Plot) -> str:
    """Figure with the plot as SVG, which `SCRIPT` replaces."""
    import vl_convert

    spec = {**plot.spec, "title": plot.title, "config": THEME}
    svg: str = vl_convert.vegalite_to_svg(spec)
    text = json.dumps(spec, separators=(",", ":")).replace("<", "\\u003c")
    return (
        f'<figure class="plot" role="img" aria-label="{escape(plot.description)}"><div aria-hidden="true">{svg}</div>'
        f'<script type="application/json">{text}</script></figure>'
    )


@cache
def script() -> str:
    """Vega and its embedding, in one script of 0.9 MB. It is kept in the user's cache: making it takes a second."""
    import vl_convert

    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    path = folder / "vega" / f"{version('vl-convert-python')}.js"
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        text: str = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;").replace("</script", "<\\/script")
    try:
        with atomic_write(path) as new:
            new.write_text(text, encoding="utf-8")
    except OSError:  # a home that cannot be written
        pass
    return text
