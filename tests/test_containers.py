"""Container and development container: what can be tried without Docker."""

import fnmatch
import json
import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
from conftest import INSTALL, Bake, run

Environment = dict[str, str]


def instructions(dockerfile: Path) -> list[tuple[str, str]]:
    """The instructions of a Dockerfile of single lines: name and words."""
    lines = (line for line in dockerfile.read_text().splitlines() if line and line[0] != "#")
    return [(name, words) for name, _, words in (line.partition(" ") for line in lines)]


def build(project: Path, image: Path) -> list[str]:
    """Do what the Dockerfile's COPY lines say; returns the words of the entry point."""
    ignored = (project / ".dockerignore").read_text().split()
    assert not (image / "train.py").exists()
    entry: list[str] = []
    for name, words in instructions(project / "Dockerfile"):
        if name == "COPY":
            *sources, target = words.split()
            assert target == "./" or sources == [target] == ["."]
            for source in sources:
                assert (project / source).exists() or source == "uv.lock*", source
            if sources == ["."]:
                shutil.copytree(project, image, dirs_exist_ok=True, ignore=ignoring(project, ignored))
        elif name == "ENTRYPOINT":
            entry = json.loads(words)
    return entry


def ignoring(root: Path, patterns: list[str]) -> Any:
    """What .dockerignore leaves out: patterns hold for whole paths, `**/` for any depth."""

    def ignore(folder: str, names: list[str]) -> list[str]:
        def is_ignored(name: str) -> bool:
            path = (Path(folder) / name).relative_to(root).as_posix()
            return any(fnmatch.fnmatch(f"./{path}" if "**" in p else path, p.replace("**", "*")) for p in patterns)

        return [name for name in names if is_ignored(name)]

    return ignore


def groups_of(project: Path) -> dict[str, set[str]]:
    """The names of the packages in each dependency group."""
    groups = tomllib.loads((project / "pyproject.toml").read_text())["dependency-groups"]
    return {name: {re.split("[<>=]", i)[0] for i in group if isinstance(i, str)} for name, group in groups.items()}


def left_out_by(project: Path, environment: Environment) -> set[str]:
    """The packages of the shared environment that `uv sync --no-dev` would remove."""
    plan = run("uv sync --no-dev --dry-run", project, environment)
    return {line.split()[1].split("==")[0] for line in plan.splitlines() if line.startswith(" - ")}


def test_the_container_trains_by_default(projects: dict[str, Path], environment: Environment, tmp_path: Path) -> None:
    project, image = projects["full"], tmp_path / "image"
    (project / "data").mkdir(exist_ok=True)
    shutil.copy(projects["default"] / "uv.lock", project / "data" / "large")
    (project / ".env").write_text("WANDB_API_KEY=secret\n")
    entry = build(project, image)
    assert entry == ["uv", "run", "--no-sync", "train.py"]
    (project / ".env").unlink()
    assert not {".git", ".env", "data", "logs", ".venv"} & {path.name for path in image.iterdir()}
    # The commands that install. Here only their plan: the environment is shared.
    installs = [words for name, words in instructions(project / "Dockerfile") if name == "RUN"]
    option = "$(test ! -f uv.lock || echo --locked)"
    assert installs == [
        "pip install --no-cache-dir uv",
        f"uv sync --no-dev --no-cache --no-install-project {option}",
    ]
    assert run(f"echo {option}", image, environment) == "--locked\n"
    assert run(f"echo {option}", tmp_path, environment) == "\n"
    run(f"uv sync --dry-run --no-dev --no-install-project {option}", image, environment)
    logging = groups_of(project)["mlflow"] - {"alembic", "sqlalchemy"}  # Optuna needs them anyway
    left_out = left_out_by(image, environment)
    assert not {"torch", "hydra-core", *logging} & left_out
    assert {"pytest", "mypy", "ruff"} <= left_out
    assert logging <= left_out_by(projects["default"], environment)
    # The image has no git.
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").write_text("#!/bin/sh\nexit 127\n")
    (tmp_path / "bin" / "git").chmod(0o755)
    without_git = environment | {"PATH": f"{tmp_path / 'bin'}:{environment['PATH']}"}
    assert "test/acc" in run(" ".join([*entry, "debug=fast"]), image, without_git)


@pytest.mark.usefixtures("unlocked")
def test_containers_only_where_chosen(bake: Bake, projects: dict[str, Path]) -> None:
    files = {"Dockerfile", ".dockerignore", ".devcontainer"}
    made = {
        name: files & {path.name for path in project.iterdir()}
        for name, project in {
            "neither": projects["default"],
            "docker": bake(docker=True, project="docker-only"),
            "devcontainer": bake(devcontainer="yes", project="devcontainer-only"),
            "both": projects["full"],
        }.items()
    }
    assert made == {
        "neither": set(),
        "docker": {"Dockerfile", ".dockerignore"},
        "devcontainer": {".devcontainer"},
        "both": files,
    }


@pytest.mark.usefixtures("unlocked")
@pytest.mark.parametrize("accelerator", ["cuda", "cpu"])
def test_the_containers_ask_for_a_gpu_where_one_is_meant(bake: Bake, accelerator: str) -> None:
    project = bake(docker=True, devcontainer=True, accelerator=accelerator, python_version="3.12")
    settings = json.loads((project / ".devcontainer" / "devcontainer.json").read_text())
    assert settings["postCreateCommand"] == f"{INSTALL} && uv sync"
    assert settings["image"].endswith(":3.12")
    assert settings.get("hostRequirements") == ({"gpu": "optional"} if accelerator == "cuda" else None)
    assert ("--gpus all" in (project / "Dockerfile").read_text()) == (accelerator == "cuda")
    assert ("FROM", "python:3.12-slim") in instructions(project / "Dockerfile")
