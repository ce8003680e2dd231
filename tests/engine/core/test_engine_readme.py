"""README.md of the engine has a line for each module: the first of its docstring."""

import ast
from pathlib import Path

from project import ROOT

ENGINE = ROOT / "my_project" / "engine"


def line_of(path: Path) -> str:
    """`- name.py: ` and the first paragraph of the docstring."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    first = " ".join(text.partition("\n\n")[0].split())
    return f"- `{path.name}`: {first}"


def test_every_module_has_its_line() -> None:
    text = ""
    for folder in sorted(path.parent for path in ENGINE.glob("*/__init__.py") if path.parent.name != "serving"):
        lines = "\n".join(line_of(path) for path in sorted(folder.glob("[!_]*.py")))
        text += f"\n### {folder.name}/\n\n{lines}\n"
    assert (ENGINE / "README.md").read_text().partition("## Modules\n")[2] == text, text
