"""Tables of choices in docs/configs.md, made from the first comment of each config."""

from pathlib import Path

from ..core.paths import CONFIGS, ROOT

PAGE = ROOT / "docs" / "configs.md"
START, END = "<!-- choices: written by the command below -->\n", "<!-- end of choices -->\n"


def opening(path: Path) -> tuple[str, str]:
    """How a config is selected and what it is: its first comment, `# <how>: <what>`, below the package line."""
    lines = path.read_text(encoding="utf-8").splitlines()
    line = lines[1] if lines[0] == "# @package _global_" else lines[0]
    how, _, what = line.removeprefix("# ").removeprefix("python train.py ").partition(": ")
    return how, what.replace("<", "&lt;").replace("|", "&#124;")


def tables() -> str:
    """One table for each group."""
    parts = []
    for folder in sorted({path.parent for path in CONFIGS.rglob("*.yaml")} - {CONFIGS}):
        group = folder.relative_to(CONFIGS).as_posix()
        rows = ["| `{}` | {} |".format(*opening(path)) for path in sorted(folder.glob("*.yaml"))]
        parts.append("\n".join([f"| {group} | |", "|-|-|", *rows]))
    return "\n\n".join(parts) + "\n"


def write() -> None:
    """Put the tables between their marks."""
    head, _, rest = PAGE.read_text(encoding="utf-8").partition(START)
    tail = rest.partition(END)[2]
    PAGE.write_text(f"{head}{START}\n{tables()}\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    write()
