"""benchmark.py measures a dataset without training."""

import csv
from pathlib import Path

import pytest
from project import run_script


@pytest.mark.slow
def test_reading_is_measured_for_each_number_of_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = run_script("benchmark", "data.limit_samples=40")
    with (folder / "speed.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["workers"] for row in rows] == ["0", "2", "4"]
    assert all(float(row[name]) > 0 for row in rows for name in row if "samples/s" in name)
    assert not list(tmp_path.rglob("*.ckpt"))
