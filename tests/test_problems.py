"""The tests of all problems, run in one project that has them."""

from pathlib import Path

import pytest
from conftest import ROOT, all_passed, bake_into, run

Environment = dict[str, str]
PROBLEMS = ROOT / "tests" / "problems"
PYTEST = f"uv run pytest -q -c pyproject.toml --rootdir . --confcutdir {PROBLEMS} {PROBLEMS}"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project of its own, by the answers of `full`, with the package name that the tests import."""
    folder, answers = tmp_path_factory.mktemp("problems"), ROOT / "configs" / "full.yaml"
    return bake_into(folder, answers, project="my-project", package="my_project")


def test_every_problem_trains_and_its_rows_are_its_metrics(project: Path, environment: Environment) -> None:
    all_passed(run(PYTEST, project, environment))


def test_the_tests_of_the_problems_are_clean(project: Path, environment: Environment) -> None:
    run(f"uv run --no-sync ruff check {PROBLEMS}", project, environment)
    run(f"uv run --no-sync ruff format --check {PROBLEMS}", project, environment)
    run(f"MYPYPATH=tests:{PROBLEMS} uv run --no-sync mypy --config-file mypy.ini {PROBLEMS}", project, environment)


@pytest.mark.exhaustive
def test_every_verb_works_for_every_problem(project: Path, environment: Environment) -> None:
    all_passed(run(f"{PYTEST} -m slow", project, environment))
