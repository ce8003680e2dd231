"""CI, container and the build of PyTorch: what can be tried without GitHub, GitLab, Docker and PyTorch's own index."""

import fnmatch
import json
import re
import shutil
import subprocess
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import CHECKS, ROOT, Bake, bake_into, run

Environment = dict[str, str]
INSTALL = "pip install uv"
LOCKED = "test ! -f uv.lock || uv lock --check"


@pytest.mark.parametrize(
    ("ci", "oldest", "newer"),
    [("github", "3.11", ["3.13"]), ("gitlab", "3.12", ["3.13"]), ("github", "3.14", []), ("none", "3.11", [])],
)
def test_ci_runs_what_is_green_in_a_new_project(bake: Bake, ci: str, oldest: str, newer: list[str]) -> None:
    project = bake(ci=ci, python_version=oldest)
    github, gitlab = project / ".github", project / ".gitlab-ci.yml"
    assert github.exists() == (ci == "github")
    assert gitlab.exists() == (ci == "gitlab")
    commands = [LOCKED, *(f"uv run {check}" for check in CHECKS[:-1]), f"uv run {CHECKS[-1]} --cov"]
    if ci == "github":
        workflow = yaml.safe_load((github / "workflows" / "test.yml").read_text())
        assert workflow[True] == ["push", "pull_request"]  # the key `on` is a truth value to YAML 1.1
        job = workflow["jobs"]["test"]
        assert job["strategy"] == {"matrix": {"python": [oldest, *newer]}}
        assert [step["run"] for step in job["steps"] if "run" in step] == commands
        assert [step["uses"].split("@")[0] for step in job["steps"] if "uses" in step] == [
            "actions/checkout",
            "astral-sh/setup-uv",
        ]
        assert job["steps"][1]["with"] == {"python-version": "${{ matrix.python }}", "enable-cache": True}
    if ci == "gitlab":
        (job,) = yaml.safe_load(gitlab.read_text()).values()
        assert job["parallel"] == {"matrix": [{"PYTHON": [oldest, *newer]}]}
        assert job["image"] == "python:$PYTHON"
        assert job["variables"] == {"UV_PYTHON": "$PYTHON"}
        assert job["before_script"] + job["script"] == [INSTALL, *commands]


def test_ci_refuses_a_lock_that_pyproject_has_outgrown(bake: Bake, environment: Environment) -> None:
    project = bake()
    run(LOCKED, project, environment)
    settings = project / "pyproject.toml"
    settings.write_text(settings.read_text().replace('"tqdm>=', '"execnet", "tqdm>='))
    assert "needs to be updated" in run(LOCKED, project, environment, status=1)
    (project / "uv.lock").unlink()
    run(LOCKED, project, environment)


def test_tests_measure_coverage_in_several_processes(projects: dict[str, Path], environment: Environment) -> None:
    said = run("uv run pytest -q -n 2 tests/test_datasets.py --cov", projects["blank"], environment)
    (total,) = [line.split() for line in said.splitlines() if line.startswith("TOTAL")]
    assert int(total[1]) > 50
    assert 0 < int(total[-1].removesuffix("%")) <= 100
    table = said.partition("Stmts")[2].partition("TOTAL")[0]
    assert "my_regression/models/" in table
    assert not re.search("/engine/|tests/", table)


def test_dependabot_keeps_to_the_upper_bounds(projects: dict[str, Path]) -> None:
    project = projects["default"]
    updates = yaml.safe_load((project / ".github" / "dependabot.yml").read_text())["updates"]
    assert [update["package-ecosystem"] for update in updates] == ["uv", "github-actions"]
    names = tomllib.loads((project / "pyproject.toml").read_text())["project"]["dependencies"]
    bounds = dict(re.findall(r"^([\w-]+)[^<\n]*<(.*)$", "\n".join(names), re.MULTILINE))
    assert "hydra-core" in bounds
    assert {item["dependency-name"]: item["versions"] for item in updates[0]["ignore"]} == {
        name: [f">={bound}"] for name, bound in bounds.items()
    }


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
    logging, left_out = groups_of(project)["mlflow"], left_out_by(image, environment)
    assert not {"torch", "hydra-core", *logging} & left_out
    assert {"pytest", "mypy", "ruff"} <= left_out
    assert logging <= left_out_by(projects["default"], environment)
    # The image has no git.
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "git").write_text("#!/bin/sh\nexit 127\n")
    (tmp_path / "bin" / "git").chmod(0o755)
    without_git = environment | {"PATH": f"{tmp_path / 'bin'}:{environment['PATH']}"}
    assert "test/acc" in run(" ".join([*entry, "debug=fast"]), image, without_git)


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


@pytest.mark.parametrize("accelerator", ["cuda", "cpu"])
def test_the_containers_ask_for_a_gpu_where_one_is_meant(bake: Bake, accelerator: str) -> None:
    project = bake(docker=True, devcontainer=True, accelerator=accelerator, python_version="3.12")
    settings = json.loads((project / ".devcontainer" / "devcontainer.json").read_text())
    assert settings["postCreateCommand"] == f"{INSTALL} && uv sync"
    assert settings["image"].endswith(":3.12")
    assert settings.get("hostRequirements") == ({"gpu": "optional"} if accelerator == "cuda" else None)
    assert ("--gpus all" in (project / "Dockerfile").read_text()) == (accelerator == "cuda")
    assert ("FROM", "python:3.12-slim") in instructions(project / "Dockerfile")


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


def settings_of_uv(project: Path) -> dict[str, Any]:
    settings: dict[str, Any] = tomllib.loads((project / "pyproject.toml").read_text())["tool"]["uv"]
    return settings


def test_an_index_out_of_reach_stops_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    project = bake_into(tmp_path, ROOT / "configs" / "cpu.yaml")
    assert not (project / "uv.lock").exists()
    assert (project / "my_cpu_project").is_dir()


def test_the_build_of_pytorch_is_the_chosen_one(projects: dict[str, Path]) -> None:
    chosen = settings_of_uv(projects["cpu"])
    (index,) = chosen["index"]
    assert index["explicit"]
    assert index["url"].endswith("/whl/cpu")
    assert chosen["sources"] == {name: {"index": index["name"]} for name in ("torch", "torchvision")}
    for name in ("default", "blank", "full", "minimal", "research"):
        assert not {"index", "sources"} & set(settings_of_uv(projects[name]))


def write_wheel(index: Path, name: str, version: str, *requirements: str) -> None:
    """A package index with one empty package."""
    file = f"{name}-{version}-py3-none-any.whl"
    (index / name).mkdir(parents=True)
    (index / name / "index.html").write_text(f'<a href="{file}">{file}</a>')
    needed = "".join(f"Requires-Dist: {requirement}\n" for requirement in requirements)
    with zipfile.ZipFile(index / name / file, "w") as wheel:
        folder = f"{name}-{version}.dist-info"
        wheel.writestr(f"{folder}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needed}")
        wheel.writestr(f"{folder}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{folder}/RECORD", "")


def test_uv_takes_torch_from_the_chosen_index_and_nothing_else(
    projects: dict[str, Path], environment: Environment, tmp_path: Path
) -> None:
    """PyTorch's index may be out of reach: an index in a folder stands in for it."""
    write_wheel(tmp_path / "index", "torch", "9.0.0+cpu")
    write_wheel(tmp_path / "index", "torchvision", "9.0.0+cpu", "torch==9.0.0")
    write_wheel(tmp_path / "index", "numpy", "9.0.0")
    project = bake_into(tmp_path, ROOT / "configs" / "cpu.yaml")
    settings = project / "pyproject.toml"
    url = settings_of_uv(project)["index"][0]["url"]
    settings.write_text(settings.read_text().replace(url, (tmp_path / "index").as_uri()))
    run("uv lock", project, environment)
    packages = {package["name"]: package for package in tomllib.loads((project / "uv.lock").read_text())["package"]}
    taken = {name for name, package in packages.items() if package.get("version", "").startswith("9.0.0")}
    assert taken == {"torch", "torchvision"}
    assert "numpy" in packages
    assert not [name for name in packages if name.startswith("nvidia-cu")]
    locked = tomllib.loads((projects["default"] / "uv.lock").read_text())["package"]
    assert [package for package in locked if package["name"].startswith("nvidia-cu")]
