"""Processes of their own train problems that differ in their data: two at once, and the jobs of a sweep.

Classes of images are trained so by the engine's tests.
"""

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from project import QUICK, ROOT


@pytest.mark.slow
@pytest.mark.parametrize("problem", ["segmentation", "text_line", "tabular_numbers", "language_model"])
def test_two_processes_train_and_test_every_sample_once(problem: str, tmp_path: Path) -> None:
    words = [*QUICK, f"problem={problem}", "trainer=ddp_cpu", "data.batch_size=8", f"output_dir={tmp_path / 'run'}"]
    command = [sys.executable, str(ROOT / "train.py"), *{word.partition("=")[0]: word for word in words}.values()]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False)
    assert said.returncode == 0, said.stdout + said.stderr
    table = pl.read_parquet(tmp_path / "run" / "test" / "predictions.parquet")
    assert table["id"].to_list() == sorted(set(table["id"].to_list()))
    assert len(table) > 20


@pytest.mark.slow
@pytest.mark.parametrize("problem", ["text_line"])
def test_a_sweep_has_a_folder_for_each_job(problem: str, tmp_path: Path) -> None:
    words = [*QUICK, f"problem={problem}", "data.limit_samples=32", "trainer.max_epochs=1", "seed=0,1"]
    command = [sys.executable, str(ROOT / "train.py"), "-m", *words]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=600, check=False)
    assert said.returncode == 0, said.stdout
    assert len(list(tmp_path.glob("logs/default/*/jobs/*/checkpoints/best.ckpt"))) == 2
    assert len(list(tmp_path.glob("logs/default/*/jobs/*/test/metrics.json"))) == 1
