"""Early stopping, moving averages, the check for NaN, throughput and logged samples."""

import os
import re
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from project import QUICK, SIX_STEPS, Train, checkpoint, epochs, rows, timed_rows

from my_project.engine.checkpoints.checkpoint import load
from my_project.engine.losses.loss import LossOutput
from my_project.engine.training.supervised import Supervised


@pytest.mark.parametrize("words", [(), ("early_stopping.patience=3",)])
def test_early_stopping_stops_after_patience(train: Train, words: tuple[str, ...]) -> None:
    stop = [f"callback.{word}" for word in words]
    nothing_learned = [
        *SIX_STEPS,
        "optimizer.lr=0",
        "scheduler=constant",
        "trainer.max_epochs=12",
        "monitor.metric=val/loss",
    ]
    folder = train(
        *nothing_learned,
        "monitor.mode=min",
        "callback=[early_stopping]",
        *stop,
        "callback.early_stopping.min_delta=9",
    )
    assert len(epochs(folder)) == (4 if words else 11)


FALLING, RISING = (1.0, 0.95, 0.9, 0.85, 0.8, 0.75), (1.0, 2.0, 3.0, 4.0, 5.0, 6.0)


@pytest.mark.parametrize(
    ("losses", "words", "expected"),
    [
        (FALLING, "patience=2", 6),
        # every second epoch is 0.1 better than the best
        pytest.param(FALLING, "patience=2 min_delta=0.06", 6, marks=pytest.mark.slow),
        (FALLING, "patience=2 min_delta=0.12", 3),
        (FALLING, "patience=6 stopping_threshold=0.87", 4),
        pytest.param(RISING, "patience=6 stopping_threshold=0.87", 6, marks=pytest.mark.slow),
        (RISING, "patience=6 divergence_threshold=2.5", 3),
        pytest.param(FALLING, "patience=6 divergence_threshold=2.5", 6, marks=pytest.mark.slow),
        ((1.0, float("nan"), 0.5), "patience=6", 2),
    ],
)
@pytest.mark.parametrize("mode", ["min", pytest.param("max", marks=pytest.mark.slow)])
def test_early_stopping_keeps_to_its_thresholds(
    train: Train, monkeypatch: pytest.MonkeyPatch, losses: tuple[float, ...], words: str, expected: int, mode: str
) -> None:
    sign = 1 if mode == "min" else -1

    def told(self: Supervised, split: str, meter: Any) -> dict[str, float]:
        value = sign * losses[min(self.current_epoch, len(losses) - 1)]
        self.log(f"{split}/loss", value)
        return {f"{split}/loss": value}

    monkeypatch.setattr(Supervised, "_log_epoch", told)
    stop = {name: float(value) for name, value in (word.split("=") for word in words.split())}
    signed = {name: value * (sign if name.endswith("threshold") else 1) for name, value in stop.items()}
    folder = train(
        *SIX_STEPS, "data.limit_samples=32", "scheduler=constant", "callback=[early_stopping]",
        "monitor.metric=val/loss", f"monitor.mode={mode}", f"trainer.max_epochs={len(losses)}",
        *(f"callback.early_stopping.{name}={value:g}" for name, value in signed.items()),
    )  # fmt: skip
    assert len(epochs(folder)) == expected


def test_ema_is_validated_kept_and_tested(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    words = [*QUICK, "callback=[default,ema]", "~callback.evaluation", "scheduler=constant", "trainer.max_epochs=4"]
    folder = train(*words)
    best = checkpoint(folder, "best")
    averaged, raw = best["state_dict"], best["current_model_state"]
    assert any(not torch.equal(value, raw[name]) for name, value in averaged.items())
    for name, value in load(folder / "checkpoints/best.ckpt").state_dict().items():
        assert torch.equal(value, averaged[f"pipeline.{name}"])
    # Tested on the validation data, the best checkpoint must give the score for which it was chosen.
    from my_project.engine.data.datamodule import DataModule

    monkeypatch.setattr(DataModule, "test_dataloader", DataModule.val_dataloader)
    folder = train(*words)
    monitor = yaml.safe_load((folder / ".hydra/config.yaml").read_text())["monitor"]["metric"]
    tested = float(rows(folder)[-1][monitor.replace("val/", "test/")])
    states = checkpoint(folder)["callbacks"]
    (best,) = [state["best_model_score"] for name, state in states.items() if "'monitor': 'val" in name]
    assert tested == pytest.approx(float(best), abs=1e-6)


@pytest.mark.slow
def test_ema_goes_on_after_a_resume(train: Train) -> None:
    words = [*QUICK, "callback=[default,ema]", "scheduler=constant"]
    four = train(*words, "trainer.max_epochs=4")
    two = train(*words)
    train(f"resume={two}", "trainer.max_epochs=4")
    states = [checkpoint(run) for run in (four, two)]
    for key in ("state_dict", "current_model_state"):
        assert all(torch.equal(value, states[1][key][name]) for name, value in states[0][key].items())


@pytest.mark.parametrize("where", ["loss", "weight"])
def test_nan_is_named_and_stops_the_run(train: Train, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    def spoil(self: Supervised, batch: Any, index: int) -> None:
        if self.global_step == 4 and where == "weight":
            torch.nn.init.constant_(next(iter(self.pipeline.network.parameters())), float("nan"))
        if self.global_step == 4 and where == "loss":
            whole = self.loss.forward

            def broken(output: Any, target: Any) -> LossOutput:
                total, parts = whole(output, target)
                return LossOutput(total * float("nan"), {name: part * float("nan") for name, part in parts.items()})

            self.loss.forward = broken  # type: ignore[method-assign]

    monkeypatch.setattr(Supervised, "on_train_batch_start", spoil)
    with pytest.raises(SystemExit):
        train(*QUICK, "callback.nan_guard.every_n_steps=1")
    (log,) = Path("logs/default").glob("*/train.log")
    (line,) = [line for line in log.read_text().splitlines() if "ERROR" in line]
    assert re.search(rf"{where} .* is NaN or infinite at step 4: look at the data", line)
    assert "Traceback" not in log.read_text()


@pytest.mark.parametrize("split", ["val", "test"])
@pytest.mark.parametrize("action", ["raise", "warn"])
def test_nan_in_a_validation_or_test_is_one_sentence(
    train: Train, monkeypatch: pytest.MonkeyPatch, split: str, action: str
) -> None:
    whole = getattr(Supervised, {"val": "validation_step", "test": "test_step"}[split])

    def step(self: Supervised, batch: Any, index: int) -> Any:
        output = whole(self, batch, index)
        return output._replace(logits=output.logits / 0 * 0) if index == 1 else output

    monkeypatch.setattr(Supervised, whole.__name__, step)
    words = [*QUICK, "data.batch_size=4", f"callback.nan_guard.action={action}"]
    if action == "raise":
        with pytest.raises(SystemExit):
            train(*words)
    else:
        assert (train(*words) / "test" / "metrics.json").is_file()
    (log,) = Path("logs/default").glob("*/train.log")
    (line,) = [line for line in log.read_text().splitlines() if "is NaN" in line]
    assert re.search(rf"output 'logits' of batch 1 of {split} is NaN or infinite after step \d+: look at the", line)
    assert ("ERROR" in line) == (action == "raise")
    assert "Traceback" not in log.read_text()


def test_throughput_and_readable_samples(train: Train) -> None:
    folder = train(*QUICK, "callback=[default,log_samples]", "callback.log_samples.count=7")
    ended = [row for row in timed_rows(folder) if row["val/loss"]]
    assert all(float(row["samples_per_second"]) > 0 for row in ended)
    assert all(0 < float(row["data_wait"]) < 1 for row in ended)
    assert all(0.01 < float(row["cpu_load"]) <= (os.cpu_count() or 1) + 0.1 for row in ended)
    assert "gpu_load" not in ended[0]
    lines = [line for line in (folder / "train.log").read_text().splitlines() if "sample " in line]
    assert len([line for line in lines if "epoch 0:" in line]) == 7
    assert len(lines) == 14
    assert all("target " in line and "predicted " in line for line in lines)
