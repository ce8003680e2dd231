"""A page that needs no other file."""

import base64
import io
from collections.abc import Sequence
from html import escape

from matplotlib.figure import Figure

Table = Sequence[Sequence[str]]
"""Rows of cells; the first row is the head."""

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 75rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
h1, h2 { font-weight: 600 } img { max-width: 100%; height: auto }
table { border-collapse: collapse; margin: 1rem 0 } th, td { padding: .25rem .75rem; border-bottom: 1px solid #ddd }
th { text-align: left } td { font-variant-numeric: tabular-nums }
"""


def page(title: str, parts: Sequence[tuple[str, str | Table | Figure]]) -> str:
    """HTML with a heading for each part, which is a text, a table or a picture."""
    body = "\n".join(f"<h2>{escape(heading)}</h2>\n{_as_html(heading, content)}" for heading, content in parts)
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}<style>{STYLE}</style></head>\n'
        f"<body><h1>{escape(title)}</h1>\n{body}\n</body></html>\n"
    )


def _as_html(heading: str, content: str | Table | Figure) -> str:
    if isinstance(content, str):
        return f"<p>{escape(content)}</p>"
    if isinstance(content, Figure):
        file = io.BytesIO()
        content.savefig(file, format="png", dpi=100)
        data = base64.b64encode(file.getvalue()).decode()
        return f'<img alt="{escape(heading)}" src="data:image/png;base64,{data}">'
    head, *rows = [[escape(cell) for cell in row] for row in content]
    lines = ["".join(f"<td>{cell}</td>" for cell in row) for row in rows]
    return (
        f"<table><tr>{''.join(f'<th>{cell}</th>' for cell in head)}</tr>"
        + "".join(f"<tr>{line}</tr>" for line in lines)
        + "</table>"
    )
