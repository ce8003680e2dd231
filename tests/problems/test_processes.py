"""Two processes train problems that differ in their data; classes of images are trained so by the engine's tests."""

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from project import QUICK, ROOT


@pytest.mark.slow
@pytest.mark.parametrize("problem", ["segmentation", "text_line", "language_model"])
def test_two_processes_train_and_test_every_sample_once(problem: str, tmp_path: Path) -> None:
    words = [*QUICK, f"problem={problem}", "trainer=ddp_cpu", "data.batch_size=8", f"output_dir={tmp_path / 'run'}"]
    command = [sys.executable, str(ROOT / "train.py"), *{word.partition("=")[0]: word for word in words}.values()]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False)
    assert said.returncode == 0, said.stdout + said.stderr
    table = pl.read_parquet(tmp_path / "run" / "test" / "predictions.parquet")
    assert table["id"].to_list() == sorted(set(table["id"].to_list()))
    assert len(table) > 20
