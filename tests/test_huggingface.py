"""Datasets of the Hugging Face Hub, read from folders: the network is not needed."""

import tomllib
from pathlib import Path

import pytest
from conftest import bake_into, run

SCRIPT = Path(__file__).with_name("on_huggingface.py")


@pytest.mark.exhaustive
@pytest.mark.usefixtures("unlocked")
def test_folders_are_read_as_by_image_folder(environment: dict[str, str], tmp_path: Path) -> None:
    project = bake_into(tmp_path)
    groups = tomllib.loads((project / "pyproject.toml").read_text())["dependency-groups"]
    packages = " ".join(f"--with '{package}'" for package in groups["huggingface"])
    offline = environment | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hub"), "PYTHONPATH": ".:tests"}
    said = run(f"uv run --no-sync {packages} python {SCRIPT}", project, offline)
    assert said.splitlines()[-1] == "all equal"
