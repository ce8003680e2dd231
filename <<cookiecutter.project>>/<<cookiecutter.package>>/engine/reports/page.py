"""Self-contained HTML page."""

import base64
import io
import re
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image

from . import vega
from .content import Card, Chart, Content, Gallery, Link, Matrix, Table, Text, Tile

HERE = Path(__file__).parent
NARROW = 320  # of a plot that stands beside others
HALF = 900  # pixels: pictures up to this width are placed in pairs
DPI = 100
DARKEST = 0.6  # of the cells of a matrix, on which text can be read in light and in dark
CONTENTS = 4  # parts from which a page has a list of them
Parts = Sequence[tuple[str, Content]]


def page(title: str, parts: Parts, tiles: Sequence[Tile] = (), lead: str = "") -> str:
    """HTML page with a heading for each part, below some figures and a line of text."""
    sections = "\n".join(_section(heading, content) for heading, content in parts)
    plots = any(isinstance(content, Chart) for _, content in parts) and vega.is_installed()
    scripts = [vega.script()] if plots else []
    scripts.append((HERE / "page.js").read_text(encoding="utf-8"))
    style = (HERE / "page.css").read_text(encoding="utf-8")
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
    above = [f"<h1>{escape(title)}</h1>"]
    above += [f'<p class="lead">{escape(lead)}</p>'] if lead else []
    above += [f'<ul class="tiles">{"".join(map(_tile, tiles))}</ul>'] if tiles else []
    above += [_contents(parts)] if len(parts) >= CONTENTS else []
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}<style>{style}</style></head>\n<body>'
        f"<header>{''.join(above)}</header>\n<main>\n{sections}\n</main>"
        f"{''.join(f'<script>{script}</script>' for script in scripts)}</body></html>\n"
    )


def anchor(heading: str) -> str:
    """Name of a part in addresses."""
    return re.sub(r"\W+", "-", heading.lower()).strip("-")


def _contents(parts: Parts) -> str:
    links = "".join(f'<li><a href="#{anchor(heading)}">{escape(heading)}</a></li>' for heading, _ in parts)
    return f'<nav aria-label="Contents"><ul>{links}</ul></nav>'


def _tile(tile: Tile) -> str:
    note = f"<span>{escape(tile.note)}</span>" if tile.note else ""
    return f"<li><span>{escape(tile.label)}</span><b>{escape(tile.value)}</b>{note}</li>"


def _section(heading: str, content: Content) -> str:
    narrow = isinstance(content, Chart) and len(content.plots) == 1 and content.plots[0].spec["width"] <= NARROW
    size = ' class="narrow"' if narrow else ' class="half"' if _width(content) <= HALF else ""
    return f'<section{size} id="{anchor(heading)}"><h2>{escape(heading)}</h2>\n{_as_html(heading, content)}</section>'


def _width(content: Content) -> float:
    if isinstance(content, Figure):
        return float(content.get_figwidth() * DPI)
    return Image.open(content).width if isinstance(content, Path) else HALF + 1


def _as_html(heading: str, content: Content) -> str:
    match content:
        case Text():
            return f"<details><summary>show</summary><pre>{escape(content.lines)}</pre></details>"
        case str():
            return f"<p>{escape(content)}</p>"
        case Path():
            return _image(heading, content.read_bytes())
        case Figure():
            file = io.BytesIO()
            content.savefig(file, format="png", dpi=DPI, pil_kwargs={"compress_level": 3})
            return _image(heading, file.getvalue())
        case Chart():
            if vega.is_installed():
                return f'<div class="plots">{"".join(map(vega.html_of, content.plots))}</div>'
            figure = content.figure()
            return "" if figure is None else _as_html(heading, figure)
        case Gallery():
            kind = "gallery" if any(card.picture for card in content.cards) else "gallery texts"
            return f'<ul class="{kind}">{"".join(map(_card, content.cards))}</ul>'
        case Matrix():
            return "".join(_matrix(content))
        case _:
            return _table(content)


def _card(card: Card) -> str:
    facts = "".join(f'<p class="facts">{escape(line)}</p>' for line in card.facts)
    known = f"{card.target}, predicted {card.prediction}"
    shown = _image(known, card.picture) if card.picture else f"<p>{escape(card.text)}</p>"
    names = f'data-target="{escape(card.target)}" data-prediction="{escape(card.prediction)}"'
    said = "right" if card.prediction == card.target else f"is {escape(card.target)}"
    lines = f"<p><b>{escape(card.prediction or '(nothing)')}</b>, {said}</p>"
    return f"<li {names}>{shown}{lines}{facts}</li>"


def _matrix(matrix: Matrix) -> Iterator[str]:
    greatest = max(max(row) for row in matrix.counts) or 1
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in matrix.classes)
    yield '<div class="wide" tabindex="0"><table class="matrix">'
    yield f"<thead><tr><th>target, predicted →</th>{head}</tr></thead><tbody>"
    for target, row in zip(matrix.classes, matrix.counts, strict=True):
        yield f'<tr><th scope="row">{escape(target)}</th>'
        for prediction, count in zip(matrix.classes, row, strict=True):
            colour = f"background: rgb(17 95 156 / {DARKEST * count / greatest:.2f})"
            yield f'<td style="{colour}">{_cell_of(matrix, target, prediction, count)}</td>'
        yield "</tr>"
    yield "</tbody></table></div>"


def _cell_of(matrix: Matrix, target: str, prediction: str, count: int) -> str:
    if (target, prediction) not in matrix.shown:
        return f"<span>{count or ''}</span>"
    names = f'data-target="{escape(target)}" data-prediction="{escape(prediction)}"'
    return f'<a href="#worst-samples" {names}>{count}</a>'


def _table(table: Table) -> str:
    (head, *rows) = [[_cell(cell) for cell in row] for row in table]
    lines = ["".join(f"<td>{cell}</td>" for cell in row) for row in rows]
    cells = "".join(f"<th><button>{cell}</button></th>" if cell else "<th></th>" for cell in head)
    thead = f"<thead><tr>{cells}</tr></thead>" if any(head) else ""
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f'<div class="wide" tabindex="0"><table>{thead}<tbody>{body}</tbody></table></div>'


def _cell(cell: str | Link) -> str:
    if isinstance(cell, Link):
        return f'<a href="{escape(cell.address)}">{escape(cell.text)}</a>'
    return escape(cell)


def _image(text: str, content: bytes) -> str:
    return f'<img alt="{escape(text)}" src="data:image/png;base64,{base64.b64encode(content).decode()}">'
