"""The first difference of two runs, and its likely cause."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import torch
from project import Train, rows

from my_project.engine.cli.replay import cause, other_packages
from my_project.engine.cli.run_difference import compared, first_difference
from runs import copies


def test_the_first_difference_has_its_place_and_both_values(trained_with: Train, tmp_path: Path) -> None:
    run, other = copies([trained_with("scheduler=constant")], tmp_path)[0], tmp_path / "other"
    shutil.copytree(run, other)
    assert first_difference(run, other) is None
    assert re.fullmatch(r"\d+ rows of metrics.csv, \d+ values of test/metrics.json, \d+ tensors of .*", compared(run))

    path = other / "checkpoints" / "last.ckpt"
    content: Any = torch.load(path, weights_only=True)
    name, tensor = next((name, value) for name, value in content["state_dict"].items() if value.shape == (12,))
    before = tensor[1].item()
    tensor[1] = torch.nextafter(tensor[1], torch.tensor(torch.inf))
    torch.save(content, path)
    told = first_difference(run, other)
    assert told == f"checkpoints/last.ckpt: {name}, value 1 = {tensor[1].item()!r} instead of {before!r}"
    del content["state_dict"][name]
    torch.save(content, path)
    assert first_difference(run, other) == f"checkpoints/last.ckpt: {name} is missing"

    metrics = json.loads((run / "test" / "metrics.json").read_text())
    (other / "test" / "metrics.json").write_text(json.dumps(metrics | {"loss": -1.0}))
    assert first_difference(run, other) == f"test/metrics.json: loss = -1.0 instead of {metrics['loss']}"

    text = (other / "metrics.csv").read_text()
    (other / "metrics.csv").write_text(text.rstrip().rpartition("\n")[0] + "\n")
    last = rows(run)[-1]
    assert str(first_difference(run, other)).startswith(f"epoch {last['epoch']}, step {last['step']}: step = missing")
    (other / "metrics.csv").unlink()
    assert first_difference(run, other) == "there is no metrics.csv"


def test_the_likely_cause_is_what_the_records_tell() -> None:
    before = {"packages": {"a": "1", "b": "1"}, "python": "3", "device": "CPU", "cpu": "AVX2", "threads": 1}
    assert other_packages(before, before | {"packages": {"a": "2", "c": "1"}}) == (
        "a 2 instead of 1, b missing instead of 1, c 1 instead of missing"
    )
    assert cause(before, before | {"packages": {"a": "2", "b": "1"}}) == "other packages (a 2 instead of 1)"
    assert cause(before, before | {"threads": 4}) == "threads = 4 instead of 1"
    old = {name: before[name] for name in ("packages", "python", "device")}
    assert cause(old, before) == "cpu of the run, which was not recorded (cpu = AVX2 now)"
    assert "neither in git nor in the snapshot" in cause(before, before)
