"""The answer files and what is made of them."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from conftest import ANSWER_FILES, ROOT, answers_of, git

PROMPTS = {
    name: default for name, default in json.loads((ROOT / "cookiecutter.json").read_text()).items() if name[0] != "_"
}
TOP = {
    ".editorconfig", ".env.example", ".gitignore", ".importlinter", ".pre-commit-config.yaml", ".python-version",
    ".vscode", "AGENTS.md", "ARCHITECTURE.md", "LICENSE", "Makefile", "README.md", "benchmark.py", "calibrate.py",
    "compare.py", "configs", "docs", "evaluate.py", "explore.py", "export.py", "mypy.ini", "notebooks", "predict.py",
    "pyproject.toml", "replay.py", "report.py", "ruff.toml", "runs.py", "schemas", "shard.py", "tests", "train.py",
    "tune.py", "uv.lock",
}  # fmt: skip
CHOSEN = {
    ("ci", "github"): {".github"},
    ("ci", "gitlab"): {".gitlab-ci.yml"},
    ("docker", True): {"Dockerfile", ".dockerignore"},
    ("devcontainer", True): {".devcontainer"},
    ("serve", True): {"serve.py"},
}
ROOMS = ["definitions", "datasets", "transformers", "models", "losses", "engine"]


@pytest.mark.parametrize("path", ANSWER_FILES, ids=lambda path: path.stem)
def test_answer_files_keep_to_the_prompts(path: Path) -> None:
    answers = answers_of(path)
    assert set(answers) == set(PROMPTS)
    for name, answer in answers.items():
        assert isinstance(answer, bool if isinstance(PROMPTS[name], bool) else str)
        if isinstance(PROMPTS[name], list):
            assert answer in PROMPTS[name]


def test_default_answers_are_the_defaults() -> None:
    answers = answers_of(ROOT / "configs" / "default.yaml")
    defaults = {name: value[0] if isinstance(value, list) else value for name, value in PROMPTS.items()}
    assert {name: value for name, value in answers.items() if name != "package"} | {
        "package": defaults["package"]
    } == defaults


def test_every_prompt_is_a_question() -> None:
    questions = json.loads((ROOT / "cookiecutter.json").read_text())["__prompts__"]
    assert set(questions) == set(PROMPTS)
    for name, question in questions.items():
        if isinstance(PROMPTS[name], list) and isinstance(question, dict):
            assert set(question) == {"__prompt__", *PROMPTS[name]}


def test_the_docs_name_every_prompt_answer_and_answer_file() -> None:
    page = (ROOT / "docs" / "your_project.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    for name, default in PROMPTS.items():
        (row,) = [row for row in rows if f"`{name}`" in row.split("|")[1]]
        choices = default if isinstance(default, list) else ["no", "yes"] if default is False else []
        assert all(f"`{choice}`" in row for choice in choices), name
    assert all(f"`{path.stem}`" in page for path in ANSWER_FILES)


def test_the_layout_is_whole(every_project: dict[str, Path]) -> None:
    for name, project in every_project.items():
        answers = answers_of(ROOT / "configs" / f"{name}.yaml")
        package = answers["package"]
        chosen = (CHOSEN.get(answer, set()) for answer in answers.items())
        committed = {path.split("/")[0] for path in git("ls-files", project).splitlines()}
        if name == "cpu":
            committed.add("uv.lock")  # PyTorch's own index may be out of reach
        assert committed == TOP.union({package}, *chosen)
        assert (project / package / "py.typed").is_file()
        assert all((project / package / room / "__init__.py").is_file() for room in ROOMS)


def own_texts(project: Path) -> list[Path]:
    """Texts that were committed, without the engine's."""
    paths = [project / path for path in git("ls-files", project).splitlines()]
    return [path for path in paths if path.suffix not in (".png", ".lock") and "engine" not in path.parts]


def test_no_delimiter_is_left(every_project: dict[str, Path]) -> None:
    for project in every_project.values():
        for path in project.rglob("*"):
            assert not re.search("<<|>>|<%|%>", str(path.relative_to(project)))
        for path in own_texts(project):
            assert not re.search("cookiecutter|<<|<%|%>|<#|#>", path.read_text()), path


def test_the_unchosen_problem_leaves_nothing(every_project: dict[str, Path]) -> None:
    words = {
        "default": "my_problem|MyProblem|my_dataset|on a sine",
        "blank": r"image_|ImageC|ImageInput|datasets\.digits|(?i:mnist)|tiny_vgg|CrossEntropy",
    }
    for name, pattern in words.items():
        for path in own_texts(every_project[name]):
            assert not re.search(pattern, path.read_text()), path


def test_the_logger_is_the_chosen_one(every_project: dict[str, Path]) -> None:
    for name, project in every_project.items():
        chosen = answers_of(ROOT / "configs" / f"{name}.yaml")["logger"]
        assert f"- logger: {chosen}\n" in (project / "configs" / "train.yaml").read_text()
        assert (project / "configs" / "logger" / f"{chosen}.yaml").is_file()
        settings = tomllib.loads((project / "pyproject.toml").read_text())
        groups = settings["tool"].get("uv", {}).get("default-groups", ["dev"])
        assert groups == (["dev", "mlflow"] if chosen == "mlflow" else ["dev"])
        assert set(groups) <= set(settings["dependency-groups"])


def test_the_server_leaves_nothing_where_it_is_not_chosen(every_project: dict[str, Path]) -> None:
    words = r"serve\.py|fastapi|uvicorn|multipart|httpx|POST /predict"
    for name, project in every_project.items():
        pages = [project / "README.md", *(project / "docs").glob("*.md")]
        text, settings = "".join(page.read_text() for page in pages), (project / "pyproject.toml").read_text()
        files = [
            path for path in git("ls-files", project).splitlines() if re.search(r"serve[._]|run/(page|server)", path)
        ]
        chosen = answers_of(ROOT / "configs" / f"{name}.yaml")["serve"]
        found = [bool(files), *(bool(re.search(words, text)) for text in (text, settings))]
        assert found == [chosen] * 3


def test_the_tables_of_choices_name_every_config(every_project: dict[str, Path]) -> None:
    for project in every_project.values():
        page = (project / "docs" / "configs.md").read_text()
        for path in (project / "configs").rglob("*/*.yaml"):
            group = str(path.parent.relative_to(project / "configs"))
            choice = re.escape(f"{group}={path.stem}") + "|" + re.escape(f"{group}=[default,{path.stem}]")
            (row,) = [line for line in page.splitlines() if re.match(rf"\| `({choice})[ `]", line)]
            assert len(row.split("|")[2]) > 10


def test_files_are_small() -> None:
    for path in ROOT.rglob("*.py"):
        if not {"build", ".venv", ".tools"} & set(path.relative_to(ROOT).parts):
            assert len(path.read_text().splitlines()) <= 200, path
