"""Datasets of the Hugging Face Hub, read from folders: the network is not needed."""

from pathlib import Path

import pytest
from conftest import bake_into, run_with_group

SCRIPT = Path(__file__).with_name("on_huggingface.py")


@pytest.mark.exhaustive
@pytest.mark.usefixtures("unlocked")
def test_folders_are_read_as_by_image_folder(environment: dict[str, str], tmp_path: Path) -> None:
    offline = environment | {"HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "hub"), "PYTHONPATH": ".:tests"}
    assert run_with_group("huggingface", SCRIPT, bake_into(tmp_path), offline) == "all equal"
