"""Shards in an object store: moto's local server stands in for S3."""

import tomllib
from pathlib import Path

import pytest
from conftest import bake_into, run

SCRIPT = Path(__file__).with_name("on_object_store.py")


@pytest.mark.exhaustive
@pytest.mark.usefixtures("unlocked")
def test_training_reads_shards_from_an_object_store(environment: dict[str, str], tmp_path: Path) -> None:
    project = bake_into(tmp_path)
    groups = tomllib.loads((project / "pyproject.toml").read_text())["dependency-groups"]
    packages = " ".join(f"--with '{package}'" for package in [*groups["s3"], "moto[server]"])
    said = run(f"uv run --no-sync {packages} python {SCRIPT}", project, environment)
    assert said.splitlines()[-1] == "all equal"
