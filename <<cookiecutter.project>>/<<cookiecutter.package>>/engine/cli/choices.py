"""Tables of config choices in docs/configs.md, from the first comment of each config.

To update them: `python -m <package>.engine.cli.choices`.
"""

from pathlib import Path

from ..core.paths import CONFIGS, ROOT

PAGE = ROOT / "docs" / "configs.md"
START, END = "<!-- choices: written by the command below -->\n", "<!-- end of choices -->\n"


def opening(path: Path) -> tuple[str, str]:
    """Selection and description of a config, from its first comment: `# <selection>: <description>`."""
    lines = path.read_text(encoding="utf-8").splitlines()
    line = lines[1] if lines[0] == "# @package _global_" else lines[0]
    selection, _, description = line.removeprefix("# ").removeprefix("python train.py ").partition(": ")
    return selection, description.replace("<", "&lt;").replace("|", "&#124;")


def tables() -> str:
    """Markdown tables of the choices, one for each group."""
    parts = []
    for folder in sorted({path.parent for path in CONFIGS.rglob("*.yaml")} - {CONFIGS}):
        group = folder.relative_to(CONFIGS).as_posix()
        rows = ["| `{}` | {} |".format(*opening(path)) for path in sorted(folder.glob("*.yaml"))]
        parts.append("\n".join([f"| {group} | |", "|-|-|", *rows]))
    return "\n\n".join(parts) + "\n"


def write() -> None:
    """Write the tables between their marks."""
    head, _, rest = PAGE.read_text(encoding="utf-8").partition(START)
    tail = rest.partition(END)[2]
    PAGE.write_text(f"{head}{START}\n{tables()}\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    write()
