"""A run of any problem that fails within an epoch, and is resumed, is equal to an unbroken one."""

from pathlib import Path
from typing import Any

import pytest
import torch
from project import QUICK, Train, checkpoint, rows, run_train, weights

from conftest import each_family
from my_project.engine.training.supervised import Supervised

WORDS = (*QUICK, "trainer.log_every_n_steps=1", "checkpoint.every_n_steps=1", "data.batch_size=16")


@pytest.mark.slow
@each_family
def test_a_run_goes_on_within_an_epoch(problem: str, train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    straight = train(*WORDS, f"problem={problem}", "name=straight")
    step, calls = Supervised.training_step, 0

    def counted(self: Supervised, *arguments: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 9:  # of 12 or more, in two epochs
            raise RuntimeError("for a test")
        return step(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Supervised, "training_step", counted)
        with pytest.raises(SystemExit):
            train(*WORDS, f"problem={problem}", "name=broken")
    (run,) = Path("logs/broken").iterdir()
    assert "mid_epoch" in checkpoint(run)
    run_train(f"resume={run}")
    assert rows(straight) == rows(run)
    for name in ("last", "best"):
        resumed = weights(run, name)
        assert all(torch.equal(value, resumed[key]) for key, value in weights(straight, name).items())
