"""Shards in an object store: moto's local server stands in for S3."""

from pathlib import Path

import pytest
from conftest import bake_into, run_with_group

SCRIPT = Path(__file__).with_name("on_object_store.py")


@pytest.mark.exhaustive
@pytest.mark.usefixtures("unlocked")
def test_training_reads_shards_from_an_object_store(environment: dict[str, str], tmp_path: Path) -> None:
    assert run_with_group("s3", SCRIPT, bake_into(tmp_path), environment, "moto[server]") == "all equal"
