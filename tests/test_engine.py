"""The engine's tests, run in one project that has everything."""

from pathlib import Path

import pytest
from conftest import ENGINE, all_passed, bake_into, run

Environment = dict[str, str]
PYTEST = f"uv run pytest -q -n 0 -c pyproject.toml --rootdir . --confcutdir {ENGINE} {ENGINE}"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of its own: some tests write into it."""
    return bake_into(tmp_path_factory.mktemp("engine"), serve=True)


def test_the_engine_passes_its_tests(project: Path, environment: Environment) -> None:
    all_passed(run(PYTEST, project, environment))


def test_the_tests_of_the_engine_are_clean(project: Path, environment: Environment) -> None:
    run(f"uv run --no-sync ruff check {ENGINE}", project, environment)
    run(f"uv run --no-sync ruff format --check {ENGINE}", project, environment)
    run(f"MYPYPATH=tests:{ENGINE} uv run --no-sync mypy --config-file mypy.ini {ENGINE}", project, environment)


@pytest.mark.exhaustive
def test_the_engine_passes_its_slow_tests(project: Path, environment: Environment) -> None:
    all_passed(run(f"{PYTEST} -m slow", project, environment))
