"""Markdown of texts that come from data, so that none of their characters are taken for markup."""

import re
from collections.abc import Sequence
from html import escape

SIGNS = re.compile(r"([\\`*_{}\[\]|~])")


def literal(text: object) -> str:
    """Text of one line in which no character is markup."""
    return SIGNS.sub(r"\\\1", escape(_line(text), quote=False))


def code(text: object) -> str:
    """Text of one line as code; the span has more backticks than any row of them in the text."""
    line = _line(text)
    ticks = "`" * (_longest(line) + 1)
    space = " " if "`" in line else ""
    return f"{ticks}{space}{line}{space}{ticks}"


def block(text: str, language: str = "text") -> str:
    """Text as a block of code, which no line of the text can close."""
    fence = "`" * max(3, _longest(text) + 1)
    return f"{fence}{language}\n{text.strip()}\n{fence}"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Markdown table; the first row is the head."""
    lines = [" | ".join(re.sub(r"(?<!\\)\|", r"\\|", _line(cell)) for cell in row) for row in rows]
    return "\n".join(f"| {line} |" for line in [lines[0], " | ".join("-" for _ in rows[0]), *lines[1:]])


def _line(text: object) -> str:
    return " ".join(str(text).splitlines())


def _longest(text: str) -> int:
    """Length of the longest row of backticks."""
    return max(map(len, re.findall("`+", text)), default=0)
