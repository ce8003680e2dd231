"""The files around a project's code: Makefile, hooks of git, variables, advice for agents, the notebook."""

import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from conftest import CHECKS, ROOT, Bake, git, run, run_forked

Environment = dict[str, str]
NOTEBOOK = "notebooks/look_at_a_run.py"


def test_make_runs_what_ci_runs(projects: dict[str, Path], environment: Environment) -> None:
    project = projects["default"]
    *checks, test = (f"uv run {check}" for check in CHECKS)
    assert run("make --dry-run check", project, environment).splitlines() == checks
    assert run("make --dry-run test", project, environment).splitlines() == [test]
    assert run("make --dry-run train ARGS=debug=fast", project, environment) == "uv run train.py debug=fast\n"


@pytest.fixture
def committed(bake: Bake, environment: Environment, tmp_path: Path) -> tuple[Path, Environment]:
    """A project of its own, and the variables with which prek keeps its files in a folder of the test."""
    return bake(), environment | {"PREK_HOME": str(tmp_path / "prek")}


def test_each_hook_passes_in_a_new_project(committed: tuple[Path, Environment]) -> None:
    project, environment = committed
    (repository,) = yaml.safe_load((project / ".pre-commit-config.yaml").read_text())["repos"]
    assert repository["repo"] == "local"
    assert [hook["id"] for hook in repository["hooks"]] == ["ruff-check", "ruff-format", "large-files", "nbstripout"]
    for hook in repository["hooks"]:
        assert hook["language"] == "system"
        run(f"{hook['entry']} train.py", project, environment)
    said = run("uv run prek run --all-files", project, environment)
    assert len(re.findall(r"\.(Passed|\(no files to check\)Skipped)\n", said)) == 4
    assert git("status --porcelain", project) == ""


def test_the_hooks_keep_faults_out_of_a_commit(committed: tuple[Path, Environment]) -> None:
    project, environment = committed
    run("uv run prek install", project, environment)
    (project / "notes.py").write_text("import os\nx = {  'a':1 }\n")
    (project / "weights.bin").write_bytes(bytes(2**21))
    (project / "uv.lock").write_text((project / "uv.lock").read_text() + "#\n" * 2**20)
    cell = {"cell_type": "code", "execution_count": 1, "metadata": {}, "source": "1"}
    output = {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/plain": "1"}}
    content = {"cells": [cell | {"outputs": [output]}], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    notebook = project / "notes.ipynb"
    notebook.write_text(json.dumps(content))
    git("add --all", project)
    said = run("git -c user.name=T -c user.email=t@example.com commit -m Notes", project, environment, status=1)
    assert len(re.findall(r"\.Failed\n", said)) == 4, said
    assert (project / "notes.py").read_text() == 'x = {"a": 1}\n'
    assert json.loads(notebook.read_text())["cells"][0]["outputs"] == []
    assert "weights.bin" in said
    assert "uv.lock" not in said.partition("large-files")[2]
    (project / "weights.bin").unlink()
    git("add --all", project)
    run("git -c user.name=T -c user.email=t@example.com commit -m Notes", project, environment)
    assert git("status --porcelain", project) == ""


def test_variables_come_from_a_file_that_git_ignores(bake: Bake, environment: Environment) -> None:
    project = bake()
    example = (project / ".env.example").read_text()
    names = re.findall(r"^# (\w+)=", example, re.MULTILINE)
    assert {"WANDB_API_KEY", "WANDB_MODE", "MLFLOW_TRACKING_URI", "SHOW_TRACEBACK"} <= set(names)
    assert all(line == "" or line.startswith("# ") for line in example.splitlines()), "a copy must change nothing"
    (project / ".env").write_text(example.replace("# SHOW_TRACEBACK", "SHOW_TRACEBACK"))
    assert git("status --porcelain", project) == ""
    mistake = "train.py optimizer.lrr=1"
    assert "Traceback" not in run(f"uv run {mistake}", project, environment, status=1)
    assert "Traceback" in run(f"uv run --env-file .env {mistake}", project, environment, status=1)


def test_what_agents_are_told_is_there(projects: dict[str, Path], environment: Environment) -> None:
    for name, package in {"default": "my_project", "blank": "my_regression"}.items():
        project = projects[name]
        text = (project / "AGENTS.md").read_text()
        assert len(text.splitlines()) < 60
        for script in re.findall(r"`uv run (\w+\.py)", text):
            assert (project / script).is_file()
        for target in re.findall(r"`make (\w+)`", text):
            run(f"make --dry-run {target}", project, environment)
        rooms = re.findall(r"^\| `(\w+)/` \|.*\| (.*) \|$", text, re.MULTILINE)
        assert [room for room, _ in rooms] == ["definitions", "datasets", "transformers", "models", "losses"]
        for room, groups in rooms:
            assert (project / package / room).is_dir()
            assert all((project / "configs" / group).is_dir() for group in re.findall(r"`(\w+)`", groups))
        page = (project / "docs" / "configs.md").read_text()
        assert all(mark in page for mark in re.findall(r"`(<!-- .*?)`", text))


TRAIN = """
import runpy, sys
sys.argv = ["train.py", "trainer=cpu", "trainer.max_epochs=1", "name=looked_at", "logger=csv"]
runpy.run_path("train.py", run_name="__main__")
print("LOOK")
"""
LOOK = f"""
import os, runpy, sys
sys.path.insert(0, os.getcwd())
os.chdir("/")  # it finds its project by itself
try:
    runpy.run_path(f"{{sys.path[0]}}/{NOTEBOOK}", run_name="__main__")
except SystemExit as end:
    print(end)
"""


@pytest.mark.exhaustive
def test_the_notebook_looks_at_the_newest_run(
    projects: dict[str, Path], bake: Bake, environment: Environment, tmp_path: Path
) -> None:
    untrained, *trained = bake(project="untrained"), bake(), bake(ROOT / "configs" / "blank.yaml")
    look = tmp_path / "look.py"
    look.write_text(LOOK)
    code = tmp_path / "train_and_look.py"
    code.write_text(f"import sys; sys.path.insert(0, '.')\n{TRAIN}{LOOK}")
    jobs = [*((project, str(code)) for project in trained), (untrained, str(look))]
    said = run_forked(jobs, projects["default"], environment | {"MPLBACKEND": "agg"}, tmp_path)
    assert "`uv run train.py` makes one." in said.pop(jobs.pop())
    for job, column in zip(jobs, ("probability_2", "absolute_error"), strict=True):
        text = said[job].partition("LOOK\n")[2]
        assert "logs/looked_at/" in text
        assert column in text
        assert "shape: (5, " in text


def test_the_template_says_how_it_is_put_together() -> None:
    workflow = yaml.safe_load((ROOT / ".github" / "workflows" / "test.yml").read_text())
    assert [step["run"] for step in workflow["jobs"]["test"]["steps"] if "run" in step] == ["make test"]
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    makefile = (ROOT / "Makefile").read_text()
    for hook in repository["hooks"]:
        assert f"\t{re.split(' --(?:fix|force)', hook['entry'])[0]}" in makefile
    name = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["name"]
    assert all(name in (ROOT / file).read_text() for file in ("ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md"))
    architecture = (ROOT / "ARCHITECTURE.md").read_text()
    for file in re.findall(r"`(test_\w+\.py)`", architecture):
        assert (ROOT / "tests" / file).is_file()
    for file in re.findall(r"^[├└]── (\S+\.py)", architecture, re.MULTILINE):
        assert (ROOT / "hooks" / file).is_file()
