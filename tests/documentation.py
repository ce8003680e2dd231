"""The documentation: its commands, its files, and its code."""

import re
import shlex
from pathlib import Path

from conftest import run

Environment = dict[str, str]
CRUFT = [
    "uvx cruft create path/to/this/folder",
    "uvx cruft update --skip-apply-ask",
    """uvx cruft update --skip-apply-ask --variables-to-update '{"problems": "image_classification, blank"}'""",
]
BLOCK = re.compile(r"^```(bash|python|yaml)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(root: Path) -> list[tuple[str, str]]:
    """Language and text of each code block in README.md and docs/."""
    pages = [root / "README.md", *sorted((root / "docs").glob("*.md"))]
    return [block for page in pages for block in BLOCK.findall(page.read_text())]


def commands(root: Path) -> list[str]:
    """Lines of the code blocks in bash, each once."""
    return commands_of(blocks(root))


def commands_of(found: list[tuple[str, str]]) -> list[str]:
    """Lines of those code blocks that are in bash, each once."""
    return list(dict.fromkeys(line for kind, text in found if kind == "bash" for line in text.splitlines() if line))


def write_files(project: Path) -> list[Path]:
    """Write each block whose first line is a path."""
    written = []
    for kind, text in blocks(project):
        first, _, content = text.partition("\n")
        if kind != "bash" and re.fullmatch(r"# \S+\.(py|yaml)", first):
            path = project / first.removeprefix("# ")
            assert not path.exists()
            path.parent.mkdir(exist_ok=True)
            path.write_text(content)
            written.append(path)
    return written


def code_file(code: str, project: Path) -> Path:
    """File with Python code, outside of the project for which it is."""
    path = project.parent / "code_of_a_test.py"
    path.write_text(f"import sys; sys.path.insert(0, '.')\n{code}")
    return path


def run_code(code: str, project: Path, environment: Environment) -> str:
    """Run Python code in a project, from a file outside it."""
    return run(f"uv run python {code_file(code, project)}", project, environment)


def in_steps(steps: list[str]) -> str:
    """Code of the page that trains step by step: prints whether the step lowers the loss, and the captions drawn."""
    data, made, step, end = steps
    after = "print('falls', bool(model.loss(pipeline(batch.input), batch.target).total.mean() < before))"
    drawn = "print('drawn', sum(text.get_color() in ('black', 'crimson') for text in _.axes[0].texts))"
    *lines, last = end.splitlines()
    return "\n".join(["torch.manual_seed(0)", data, made, step, after, *lines, f"_ = {last}", drawn])


def check_words(project: Path, environment: Environment) -> None:
    """Check the words of each command that trains, without training."""
    lines = [shlex.split(line)[4:] for line in commands(project) if line.startswith("uv run python train.py")]
    lines = [words for words in lines if not {"--help", "resume"} & {word.partition("=")[0] for word in words}]
    assert len(lines) >= 3
    (package,) = [path.parent.name for path in project.glob("*/engine")]
    run_code(
        f"from {package}.engine.cli.command_line import prepare\nfor words in {lines!r}: prepare(words)",
        project,
        environment,
    )
