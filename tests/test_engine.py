"""The first half of the engine's tests, and whether all of them are clean."""

from pathlib import Path

import pytest
from conftest import ENGINE, run
from engine_halves import project_of_its_own, run_half

Environment = dict[str, str]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return project_of_its_own(tmp_path_factory.mktemp("engine"))


def test_the_first_half_passes(project: Path, environment: Environment) -> None:
    run_half(True, project, environment)


def test_the_tests_of_the_engine_are_clean(project: Path, environment: Environment) -> None:
    run(f"uv run --no-sync ruff check {ENGINE}", project, environment)
    run(f"uv run --no-sync ruff format --check {ENGINE}", project, environment)
    run(f"MYPYPATH=tests:{ENGINE} uv run --no-sync mypy --config-file mypy.ini {ENGINE}", project, environment)


@pytest.mark.exhaustive
def test_the_first_half_passes_its_slow_tests(project: Path, environment: Environment) -> None:
    run_half(True, project, environment, "-m slow")
