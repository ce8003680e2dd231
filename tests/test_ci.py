"""CI and dependabot: what can be tried without GitHub and GitLab."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from conftest import CHECKS, INSTALL, Bake, run

Environment = dict[str, str]
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


@pytest.mark.exhaustive
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
