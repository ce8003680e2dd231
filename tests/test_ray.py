"""Jobs of a sweep as tasks of Ray, on this machine."""

import tomllib
from pathlib import Path

import pytest
from conftest import bake_into, run

SCRIPT = Path(__file__).with_name("on_ray.py")


@pytest.mark.exhaustive
@pytest.mark.usefixtures("unlocked")
def test_jobs_are_tasks_of_ray(environment: dict[str, str], tmp_path: Path) -> None:
    project = bake_into(tmp_path)
    groups = tomllib.loads((project / "pyproject.toml").read_text())["dependency-groups"]
    packages = " ".join(f"--with '{package}'" for package in groups["ray"])
    said = run(f"uv run --no-sync {packages} python {SCRIPT}", project, environment)
    assert said.splitlines()[-1] == "all as on this machine"
