"""The second half of the engine's tests: training, data, checkpoints and the rest."""

from pathlib import Path

import pytest
from engine_halves import project_of_its_own, run_half

Environment = dict[str, str]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return project_of_its_own(tmp_path_factory.mktemp("engine"))


def test_the_second_half_passes(project: Path, environment: Environment) -> None:
    run_half(False, project, environment)


@pytest.mark.exhaustive
def test_the_second_half_passes_its_slow_tests(project: Path, environment: Environment) -> None:
    run_half(False, project, environment, "-m slow")
