"""Self-contained HTML page."""

import base64
import io
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import NamedTuple

from matplotlib.figure import Figure
from PIL import Image

Table = Sequence[Sequence[str]]
"""Rows of cells. The first is the head: a click on one of its cells sorts the rows. Its cells may be empty."""


class Text(NamedTuple):
    """Preformatted text, collapsed by default."""

    lines: str


Content = str | Table | Figure | Path | Text
"""A sentence, a table, a picture, the file of a PNG, or a long text."""

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
h1, h2 { font-weight: 600 } h2 { margin-top: 2.5rem } img { max-width: 100%; height: auto }
.wide { overflow-x: auto } pre { font-size: 13px; background: #f6f6f6; padding: 1rem; overflow-x: auto }
table { border-collapse: collapse; margin: 1rem 0 } th, td { padding: .25rem .75rem; border-bottom: 1px solid #ddd }
th { text-align: left; cursor: pointer; white-space: nowrap } td { font-variant-numeric: tabular-nums }
main { display: flex; flex-wrap: wrap; gap: 0 2rem; align-items: flex-start }
section { flex: 1 1 100%; min-width: 0 } section.half { flex: 0 1 calc(50% - 1rem) }
@media (max-width: 50rem) { section.half { flex-basis: 100% } }
"""
HALF = 900  # pixels: pictures up to this width are placed in pairs
DPI = 100
SORT = """
for (const head of document.querySelectorAll("th")) head.onclick = () => {
  const body = head.closest("table").tBodies[0], column = head.cellIndex, down = head.ariaSort === "ascending";
  const value = row => row.cells[column].textContent.replaceAll(",", "");
  const order = (a, b) => value(a) - value(b) || value(a).localeCompare(value(b), undefined, { numeric: true });
  for (const other of head.parentNode.cells) other.ariaSort = null;
  head.ariaSort = down ? "descending" : "ascending";
  body.append(...[...body.rows].sort((a, b) => down ? order(b, a) : order(a, b)));
}
"""


def page(title: str, parts: Sequence[tuple[str, Content]]) -> str:
    """HTML page with a heading for each part."""
    body = "\n".join(
        f"<section{_width(content)}><h2>{escape(heading)}</h2>\n{_as_html(heading, content)}</section>"
        for heading, content in parts
    )
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}<style>{STYLE}</style></head>\n'
        f"<body><h1>{escape(title)}</h1>\n<main>\n{body}\n</main><script>{SORT}</script></body></html>\n"
    )


def _width(content: Content) -> str:
    if isinstance(content, Figure):
        width: float = content.get_figwidth() * DPI
    elif isinstance(content, Path):
        width = Image.open(content).width
    else:
        return ""
    return ' class="half"' if width <= HALF else ""


def _as_html(heading: str, content: Content) -> str:
    if isinstance(content, Text):
        return f"<details><summary>show</summary><pre>{escape(content.lines)}</pre></details>"
    if isinstance(content, str):
        return f"<p>{escape(content)}</p>"
    if isinstance(content, Path):
        return _image(heading, content.read_bytes())
    if isinstance(content, Figure):
        file = io.BytesIO()
        content.savefig(file, format="png", dpi=DPI, pil_kwargs={"compress_level": 3})
        return _image(heading, file.getvalue())
    head, *rows = [[escape(cell) for cell in row] for row in content]
    lines = ["".join(f"<td>{cell}</td>" for cell in row) for row in rows]
    return (
        f'<div class="wide"><table>{_head(head)}<tbody>'
        + "".join(f"<tr>{line}</tr>" for line in lines)
        + "</tbody></table></div>"
    )


def _head(cells: Sequence[str]) -> str:
    return f"<thead><tr>{''.join(f'<th>{cell}</th>' for cell in cells)}</tr></thead>" if any(cells) else ""


def _image(heading: str, content: bytes) -> str:
    return f'<img alt="{escape(heading)}" src="data:image/png;base64,{base64.b64encode(content).decode()}">'
