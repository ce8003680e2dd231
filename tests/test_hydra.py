"""A project works with the next version of Hydra too, which its pyproject.toml allows."""

from pathlib import Path

import pytest
from conftest import ENGINE, Bake, run

NEXT = "uv run --no-sync --with hydra-core==1.4.0rc3 --with omegaconf==2.4.1rc1 python"
FILES = "core/test_hydra_compat.py core/test_instantiate.py cli/test_help.py"
TESTS = " ".join(["tests/test_configs.py", *(str(ENGINE / name) for name in FILES.split())])
WHERE = f"-c pyproject.toml --rootdir . --confcutdir {ENGINE}"


@pytest.fixture
def project(bake: Bake) -> Path:
    return bake()


@pytest.mark.exhaustive
def test_a_project_trains_with_hydra_1_4_and_is_warned_of_nothing(project: Path, environment: dict[str, str]) -> None:
    assert run(f"{NEXT} -c 'import hydra; print(hydra.__version__)'", project, environment).endswith("1.4.0rc3\n")
    said = run(f"{NEXT} train.py debug=fast", project, environment)
    assert "test/acc" in said
    for word in ("whitelist", "version_base", "deprecated", "UserWarning"):
        assert word not in said


@pytest.mark.exhaustive
def test_a_project_passes_its_config_tests_with_hydra_1_4(project: Path, environment: dict[str, str]) -> None:
    said = run(f"{NEXT} -m pytest -q -n 0 {WHERE} {TESTS}", project, environment)
    assert " passed" in said.splitlines()[-1]
