"""Bad answers are refused before anything is written; good ones, however odd, do no harm."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Bake, bake_into
from cookiecutter.exceptions import FailedHookException

pytestmark = pytest.mark.usefixtures("unlocked")


def refused(folder: Path, capfd: pytest.CaptureFixture[str], **answers: Any) -> str:
    with pytest.raises(FailedHookException):
        bake_into(folder, **answers)
    assert not list(folder.iterdir()), "something half-written is left"
    return capfd.readouterr().err


@pytest.mark.parametrize(
    ("package", "reason"),
    [
        ("1st", "must start with a lower-case letter"),
        ("my-package", "must start with a lower-case letter"),
        ("Größe", "must start with a lower-case letter"),
        ("", "must start with a lower-case letter"),
        ("it's", "must start with a lower-case letter"),
        ("class", "is a keyword of Python"),
        ("match", "is a keyword of Python"),
        ("mine_", "must end with a letter or digit"),
        ("json", "standard library"),
        ("test", "has a file or folder of that name"),
        ("torch", "package of that name"),
        ("datasets", "package of that name"),
        ("transformers", "package of that name"),
        ("pil", "package of that name"),
        ("pillow", "package of that name"),
        ("tests", "has a file or folder of that name"),
        ("train", "has a file or folder of that name"),
        ("configs", "has a file or folder of that name"),
        ("notebooks", "has a file or folder of that name"),
    ],
)
def test_bad_packages(tmp_path: Path, capfd: pytest.CaptureFixture[str], package: str, reason: str) -> None:
    said = refused(tmp_path, capfd, package=package)
    assert f"error: package = {package!r}" in said
    assert reason in said
    assert "for example my_" in said


def test_a_package_cannot_hide_what_the_project_imports(projects: dict[str, Path]) -> None:
    hook = (ROOT / "hooks" / "pre_gen_project.py").read_text()
    refused = set(re.findall(r'DEPENDENCIES = """(.*?)"""', hook, re.DOTALL)[0].split())
    imported = set()
    for path in projects["full"].rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                imported.add(str(node.module).partition(".")[0])
    for path in (projects["full"] / "configs").rglob("*.yaml"):
        imported |= set(re.findall(r"_target_: (\w+)", path.read_text()))
    foreign = {name.lower() for name in imported if name not in sys.stdlib_module_names}
    assert {"torch", "hydra", "pil", "kornia", "my_full_project"} <= foreign
    unnamed = foreign - refused - {"my_full_project", "train", "conftest"}
    assert not {name for name in unnamed if not (projects["full"] / "tests" / f"{name}.py").exists()}
    settings = tomllib.loads((projects["full"] / "pyproject.toml").read_text())
    lists = [settings["project"]["dependencies"], *settings["dependency-groups"].values()]
    required = {re.split("[<>=]", name)[0] for names in lists for name in names if isinstance(name, str)}
    assert not {name.lower().replace("-", "_") for name in required} - refused


@pytest.mark.parametrize("project", [".hidden", "-x", 'say "hi"', "naïve", "a'b", "x\\y"])
def test_bad_projects(tmp_path: Path, capfd: pytest.CaptureFixture[str], project: str) -> None:
    assert "error: project = " in refused(tmp_path, capfd, project=project)


@pytest.mark.parametrize("project", ["a/b", "../escape", ""])
def test_projects_that_are_paths_write_nothing(tmp_path: Path, project: str) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    with pytest.raises(Exception, match=r".+"):
        bake_into(inside, project=project, package="fine")
    assert not list(inside.rglob("*.py"))
    assert [path.name for path in tmp_path.iterdir()] == ["inside"]


@pytest.mark.parametrize(
    "answers",
    [
        {"python_version": "3.9"},
        {"python_version": "three"},
        {"author": "a\nb"},
        {"problems": "images"},
        {"problems": "blank, blank"},
        {"problems": ""},
    ],
)
def test_other_bad_answers(tmp_path: Path, capfd: pytest.CaptureFixture[str], answers: dict[str, str]) -> None:
    (name,) = answers
    assert f"error: {name} = " in refused(tmp_path, capfd, **answers)


def test_the_hook_knows_every_problem() -> None:
    folders = [path.name for path in (ROOT / "<<cookiecutter.project>>" / "parts" / "problems").iterdir()]
    hook = (ROOT / "hooks" / "pre_gen_project.py").read_text()
    known = re.findall(r'"(\w+)"', hook.partition("PROBLEMS = [")[2].partition("]")[0])
    assert set(known) == {name for folder in folders for name in folder.split("+")}
    assert set(known) == {name for name in folders if "+" not in name}


def test_the_first_problem_is_the_default(bake: Bake) -> None:
    project = bake(problems="blank ,image_classification")
    assert "- problem: blank\n" in (project / "configs" / "train.yaml").read_text()
    assert {path.stem for path in (project / "configs" / "problem").iterdir()} == {"blank", "image_classification"}


@pytest.mark.parametrize("answer", ["maybe", "3"])
def test_a_boolean_that_is_none_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str], answer: str) -> None:
    """A string is cookiecutter's to refuse, or with a config file to warn of; a number would come through."""
    config = tmp_path / "answers.yaml"
    config.write_text(f"default_context:\n  docker: {answer}\n")
    inside = tmp_path / "inside"
    inside.mkdir()
    if answer == "maybe":
        with pytest.warns(UserWarning, match="maybe provided for variable docker"):
            assert not (bake_into(inside, config) / "Dockerfile").exists()
    else:
        with pytest.raises(FailedHookException):
            bake_into(inside, config)
        assert "error: docker = '3': expected true or false." in capfd.readouterr().err
        assert not list(inside.iterdir())


def test_quotes_and_other_alphabets_do_no_harm(bake: Bake) -> None:
    odd = "It's \"quoted\" \\ 'twice' \"\"\" '''; Größe 数字 😀 {{x}} $HOME"
    project = bake(description=odd, author=odd, project="odd-one", package="odd_one")
    metadata = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    assert metadata["description"] == odd
    assert metadata["authors"][0]["name"] == odd
    assert odd in (project / "LICENSE").read_text()
    for path in project.rglob("*.py"):
        compile(path.read_text(), str(path), "exec")
    log = subprocess.run(["git", "log", "--format=%an"], cwd=project, capture_output=True, text=True, check=True)
    assert log.stdout.strip() == odd


@pytest.mark.parametrize("license", ["MIT", "BSD-3-Clause", "Apache-2.0", "Proprietary"])
def test_one_license_stays(bake: Bake, license: str) -> None:  # noqa: A002
    project = bake(license=license, author="Ada Lovelace")
    assert [path.name for path in project.glob("LICENSE*")] == ["LICENSE"]
    assert "Ada Lovelace" in (project / "LICENSE").read_text()


@pytest.mark.parametrize("package", ["ab", "my_image_classification_project"])
@pytest.mark.parametrize("problems", ["image_classification", "blank"])
def test_the_length_of_the_name_changes_no_form(bake: Bake, package: str, problems: str) -> None:
    project = bake(package=package, problems=problems)
    for words in (["check"], ["format", "--check"]):
        command = [str(ROOT / ".venv" / "bin" / "ruff"), *words, "--isolated", "--line-length", "120"]
        command += ["--select", "E501"] if words == ["check"] else []
        answer = subprocess.run(command, cwd=project, capture_output=True, text=True)
        assert answer.returncode == 0, answer.stdout


def test_a_person_at_the_keyboard_is_understood(tmp_path: Path) -> None:
    """Typed answers reach the hooks in other types than those of a file: a boolean, not "True"."""
    prompts = json.loads((ROOT / "cookiecutter.json").read_text())
    asked = [name for name in prompts if name[0] != "_"]
    typed = {"project": "typed", "package": "typed", "ci": "3", "docker": "y", "devcontainer": "n"}
    command = [str(ROOT / ".venv" / "bin" / "cookiecutter"), str(ROOT), "--output-dir", str(tmp_path)]
    answer = subprocess.run(
        command, input="".join(f"{typed.get(name, '')}\n" for name in asked), text=True, capture_output=True
    )
    assert answer.returncode == 0, answer.stderr
    made = {path.name for path in (tmp_path / "typed").iterdir()}
    assert {"Dockerfile", ".dockerignore", "LICENSE", "typed"} <= made
    assert not {".devcontainer", ".github", ".gitlab-ci.yml"} & made
