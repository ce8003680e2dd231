"""Bakes every answer file once, outside this repository, and runs what it made in one shared environment."""

import json
import os
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from cookiecutter.main import cookiecutter
from shared_projects import Projects

ROOT = Path(__file__).parents[1]
ENGINE = ROOT / "tests" / "engine"
ANSWER_FILES = sorted((ROOT / "configs").glob("*.yaml"))
# What a new project passes, and its CI runs.
CHECKS = ["ruff check", "ruff format --check", "lint-imports", "mypy", "pytest"]
INSTALL = "pip install uv"  # in CI and in containers
Bake = Callable[..., Path]


# The order in which workers take files, so that they end together: the first three go to one each.
FIRST = [
    "test_engine.py", "test_engine_more.py", "test_answers.py", "test_hooks.py", "test_projects.py", "test_problems.py",
    "test_readme.py", "test_faults.py",
]  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first."""
    rank = {name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: rank.get(item.path.name, len(rank)))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """A failure is told at once: a run that is stopped would keep it."""
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        print(f"\n{report.nodeid} ({report.when})\n{report.longreprtext[-8000:]}", flush=True)


def answers_of(path: Path) -> dict[str, Any]:
    """The answers in an answer file."""
    answers: dict[str, Any] = yaml.safe_load(path.read_text())["default_context"]
    return answers


@pytest.fixture
def bake(tmp_path: Path) -> Bake:
    """Bakes a project into an empty folder; takes answers by name."""

    def baked(config: Path | None = None, **answers: Any) -> Path:
        return bake_into(tmp_path, config, **answers)

    return baked


@pytest.fixture
def unlocked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Projects are baked without uv.lock, which saves seconds; not those of `projects`."""
    monkeypatch.setenv("UV", shutil.which("false") or "false")


def bake_into(folder: Path, config: Path | None = None, overwrite: bool = False, **answers: Any) -> Path:
    """`cookiecutter <this template> --output-dir <folder>`; returns the project."""
    made = cookiecutter(
        str(ROOT),
        no_input=True,
        extra_context=answers,
        output_dir=str(folder),
        config_file=str(config or ROOT / "configs" / "default.yaml"),
        overwrite_if_exists=overwrite,
    )
    return Path(made)


@pytest.fixture(scope="session")
def projects(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """`projects[name]`; those that no test has asked for are not in it."""
    return Projects(tmp_path_factory, ROOT / "configs", bake_into)


@pytest.fixture
def every_project(projects: dict[str, Path]) -> dict[str, Path]:
    """A project for each answer file, by its name."""
    return {path.stem: projects[path.stem] for path in ANSWER_FILES}


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This template, as it stands in the working tree, in a git repository of its own with one commit."""
    copy = tmp_path_factory.mktemp("template") / "template"
    left_out = shutil.ignore_patterns(".git", ".venv", ".tools", "build", "__pycache__", ".*_cache")
    shutil.copytree(ROOT, copy, ignore=left_out)
    git("init --quiet", copy)
    commit(copy, "The template")
    return copy


def git(words: str, folder: Path) -> str:
    """Run git in a folder; returns what it printed."""
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
    command = ["git", *identity, *shlex.split(words)]
    return subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout


def commit(folder: Path, message: str) -> None:
    """Commit everything in a folder."""
    git("add --all", folder)
    git(f"commit --quiet --message '{message}'", folder)


@pytest.fixture(scope="session")
def environment(projects: dict[str, Path]) -> dict[str, str]:
    """The variables with which `uv run` works in any of the projects, in one environment for all.

    None of the projects is installed there: tests that run side by side would replace each other's. test_install.py
    installs some elsewhere.
    """
    no_account = str(ROOT / "build" / "no-such-netrc")  # of wandb
    variables = dict(os.environ, NETRC=no_account, OMP_NUM_THREADS="1")
    variables["MYPY_CACHE_DIR"] = str(ROOT / "build" / "mypy")  # reading torch takes it half a minute, once
    variables.setdefault("UV_PROJECT_ENVIRONMENT", str(ROOT / "build" / "env"))
    uv = variables.get("UV") or shutil.which("uv")
    assert uv, "uv is not on the PATH: run the tests with `make test`, which fetches it"
    variables["PATH"] = f"{Path(uv).parent}{os.pathsep}{variables['PATH']}"
    for name in (
        "MAKEFLAGS",
        "MAKELEVEL",
        "WANDB_API_KEY",
        "WANDB_MODE",
        "VIRTUAL_ENV",
        *(name for name in variables if name[:7] == "PYTEST_"),
    ):
        variables.pop(name, None)  # pytest in a project must not take itself for a part of this one
    everything = projects["full"]
    subprocess.run(["uv", "sync", "--quiet", "--no-install-project"], cwd=everything, env=variables, check=True)
    variables["UV_NO_SYNC"] = "1"
    return variables


def write_failing_uv(folder: Path) -> tuple[Path, Path]:
    """A stand-in for uv that fails: its path, and the file to which it adds the folder of each call."""
    script, calls = folder / "stand_in" / "uv", folder / "stand_in" / "calls"
    script.parent.mkdir()
    script.write_text(f"#!/bin/sh\necho $PWD >> '{calls}'\nexit 2\n")
    script.chmod(0o755)
    return script, calls


def run_forked(
    jobs: list[tuple[Path, str]], project: Path, environment: dict[str, str], folder: Path
) -> dict[tuple[Path, str], str]:
    """Run Python commands (what follows `python`) in their projects, see forked.py; returns what each printed.

    The environment is that of `project`; outputs go to `folder`.
    """
    outputs = [folder / f"forked_{place}.txt" for place in range(len(jobs))]
    listed = [(str(at), shlex.split(words), str(out)) for (at, words), out in zip(jobs, outputs, strict=True)]
    (folder / "forked.json").write_text(json.dumps(listed))
    said = run(f"uv run python {ROOT / 'tests' / 'forked.py'} {folder / 'forked.json'}", project, environment)
    for (at, words), output, status in zip(jobs, outputs, json.loads(said.splitlines()[-1]), strict=True):
        assert status == 0, f"python {words} in {at}\n{_text(output)[-6000:]}"
    return {job: _text(output) for job, output in zip(jobs, outputs, strict=True)}


def _text(output: Path) -> str:
    return output.read_text(errors="replace")  # two streams may meet within a character


def run(command: str, project: Path, environment: dict[str, str], status: int = 0) -> str:
    """Run a shell command in a project; returns what it printed."""
    answer = subprocess.run(
        command, shell=True, cwd=project, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert answer.returncode == status, f"{command}\n{answer.stdout[-6000:]}"
    return answer.stdout


def run_with_group(group: str, script: Path, project: Path, environment: dict[str, str], *more: str) -> str:
    """Run a script with the packages of an optional group of dependencies, and `more`; returns its last line."""
    groups = tomllib.loads((project / "pyproject.toml").read_text())["dependency-groups"]
    packages = " ".join(f"--with '{package}'" for package in [*groups[group], *more])
    return run(f"uv run --no-sync {packages} python {script}", project, environment).splitlines()[-1]


def all_passed(said: str) -> None:
    """pytest's last line tells of passed tests, of deselected ones, and of datasets whose files are not here."""
    last = said.splitlines()[-1]
    assert re.search(r"\d+ passed(, \d+ skipped)?(, \d+ deselected)?(, \d+ warnings?)? in ", last), said[-6000:]
    for line in said.splitlines():
        if line.startswith("SKIPPED"):
            reason = "There is no|could not be downloaded|needs the package"
            assert re.search(rf"test_datasets\.py:\d+: .*({reason})", line), line
