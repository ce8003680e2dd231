"""What a run says while it trains, at its end, and where memory ends."""

from pathlib import Path
from typing import Any

import pytest
import torch
from project import QUICK, Train

from my_project.engine.checkpoints.checkpoint import load
from my_project.engine.core.errors import InputError
from my_project.engine.core.progress import duration
from my_project.engine.definitions.check import check_fields
from my_project.models.tiny_vgg import TinyVGG
from points import PointInput


def test_a_forecast_is_logged_once(train: Train) -> None:
    text = (train(*QUICK, "callback.forecast.after_batches=3") / "train.log").read_text()
    assert text.count("An epoch of 3 batches will take about ") == 1
    assert [duration(seconds) for seconds in (0.5, 90, 342, 8000)] == ["0.5 s", "90 s", "5.7 min", "2.2 h"]


def test_a_training_exports_its_best_checkpoint(train: Train) -> None:
    folder = train(*QUICK, "export=safetensors")
    expected, actual = load(folder), load(folder / "export" / "model.safetensors")
    assert all(one.equal(other) for one, other in zip(expected.parameters(), actual.parameters(), strict=True))
    assert (folder / "export" / "model.safetensors.md").is_file()


def test_a_gpu_out_of_memory_is_one_sentence(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    forward = TinyVGG.forward

    def full(self: TinyVGG, image: Any) -> Any:
        if self.training and torch.is_grad_enabled():
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return forward(self, image)

    monkeypatch.setattr(TinyVGG, "forward", full)
    with pytest.raises(SystemExit):
        train(*QUICK)
    (log,) = Path("logs").rglob("train.log")
    text = log.read_text()
    assert "The GPU has too little memory (" in text
    assert "Tried to allocate 2.00 GiB" in text
    assert "lower data.batch_size" in text
    assert "Traceback" not in text


def test_nan_in_the_data_is_named() -> None:
    values = torch.zeros(3, 2)
    values[1, 0] = float("nan")
    with pytest.raises(InputError, match=r"has 1 values that are no number \(NaN\), expected > -inf and < inf"):
        check_fields(PointInput, PointInput(values), {"batch": 3, "features": 2}, "the data")
