"""Jobs of a sweep as tasks of Ray, on this machine."""

from pathlib import Path

import pytest
from conftest import bake_into, run_with_group

SCRIPT = Path(__file__).with_name("on_ray.py")


@pytest.mark.exhaustive
@pytest.mark.usefixtures("unlocked")
def test_jobs_are_tasks_of_ray(environment: dict[str, str], tmp_path: Path) -> None:
    assert run_with_group("ray", SCRIPT, bake_into(tmp_path), environment) == "all as on this machine"
