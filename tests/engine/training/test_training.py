"""Runs as their owner sees them: folders, files, choices, multirun."""

import json
from inspect import unwrap
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from omegaconf import OmegaConf
from PIL import Image
from project import QUICK, SIX_STEPS, Train, checkpoint, epochs, options, rows, weights

from commands import start
from runs import best_of


def test_a_run_leaves_everything_it_promises(train: Train) -> None:
    folder = train(*SIX_STEPS, "logger=tensorboard")
    for name in (
        ".hydra/config.yaml", ".hydra/overrides.yaml", "train.log", "metrics.csv", "reproduce.yaml",
        "checkpoints/best.ckpt", "checkpoints/last.ckpt", "pictures/samples.png",
        "pictures/predictions_before_train.png", "pictures/predictions_before_val.png",
        "pictures/predictions_after_train.png", "pictures/predictions_after_val.png", "tensorboard",
    ):  # fmt: skip
        assert (folder / name).exists(), name
    for picture in (folder / "pictures").glob("*.png"):
        assert np.asarray(Image.open(picture)).std() > 10, f"{picture} is blank"
    record = yaml.safe_load((folder / "reproduce.yaml").read_text())[0]
    assert {"commit", "changes", "packages", "seed", "device", "command"} <= set(record)
    assert [row["epoch"] for row in epochs(folder)] == ["0", "1"]
    assert all(row["train/loss"] and row["lr"] for row in epochs(folder))
    assert rows(folder)[-1]["test/loss"]


# The first option of each group, the second of each, …: a run for every one alone would take three times as long.
GROUPS = [[f"{group}={name}" for name in options(group)] for group in ("optimizer", "scheduler", "callback", "logger")]
CHOICES = [
    pytest.param(words, marks=[pytest.mark.slow] if "logger=all" in words else [])  # each logger has tests of its own
    for words in (" ".join(filter(None, choice)) for choice in zip_longest(*GROUPS))
]


@pytest.mark.parametrize("choice", [*CHOICES, "debug=fast", "debug=overfit"])
def test_every_other_choice_trains(train: Train, choice: str) -> None:
    words = [*SIX_STEPS, "trainer.max_epochs=1", "optimizer.lr=1e-3", "logger=tensorboard", *choice.split()]
    assert (train(*words) / "train.log").exists()


def test_a_profile_says_where_the_time_goes(train: Train) -> None:
    folder = train(*QUICK, "debug=profile")
    assert "run_training_epoch" in (folder / "fit-profile.txt").read_text()


def test_a_trace_names_the_operations(train: Train) -> None:
    folder = train(*SIX_STEPS, "debug=trace", "callback=none")
    (path,) = [path for path in folder.glob("*.json") if "fit" in path.name]
    names = {event.get("name") for event in json.loads(path.read_text())["traceEvents"]}
    assert any(str(name).startswith("aten::") for name in names)


def test_an_anomaly_is_named(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    from my_project.engine.training.supervised import Supervised

    def spoiled(self: Supervised, batch: Any, index: int) -> torch.Tensor:
        weight = next(self.pipeline.network.parameters())
        return (0 * weight.sum()).sqrt()  # the gradient is 0 * infinity

    monkeypatch.setattr(Supervised, "training_step", spoiled)
    with pytest.raises(SystemExit):
        train(*SIX_STEPS, "debug=anomaly", "callback=none")
    (log,) = Path("logs/anomaly").glob("*/train.log")
    assert "returned nan values" in log.read_text()


def test_what_is_done_before_the_first_step_leaves_no_trace(train: Train) -> None:
    words = [*SIX_STEPS, "trainer.max_epochs=1"]
    with_pictures, without = train(*words), train(*words, "~callback.pictures")
    assert all(torch.equal(value, weights(without)[name]) for name, value in weights(with_pictures).items())


def test_learning_rate_zero_changes_no_weight(train: Train) -> None:
    words = [*QUICK, "scheduler=constant", "optimizer.lr=0"]
    one, three = (weights(train(*words, f"trainer.max_epochs={epochs}")) for epochs in (1, 3))
    names = [name for name in one if name.endswith((".weight", ".bias"))]
    assert names
    assert all(torch.equal(one[name], three[name]) for name in names)


def test_the_same_seed_gives_the_same_weights_and_another_does_not(train: Train, trained_with: Train) -> None:
    folders = trained_with("seed=1"), train(*QUICK, "seed=1"), trained_with()
    first, second, third = (weights(folder) for folder in folders)
    assert all(torch.equal(value, second[name]) for name, value in first.items())
    assert not all(torch.equal(value, third[name]) for name, value in first.items())


@pytest.mark.slow
def test_metrics_do_not_depend_on_the_batch_size(train: Train) -> None:
    folder = train(*QUICK, "scheduler=constant")
    tested = []
    for size in (5, 96):  # the training is over: resumed, the run is tested again
        train(f"resume={folder}", f"data.batch_size={size}")
        tested.append(rows(folder)[-1])
    assert tested[0].keys() == tested[1].keys()
    for name, value in tested[0].items():
        assert float(value or 0) == pytest.approx(float(tested[1][name] or 0), rel=1e-5), name


@pytest.mark.slow
def test_a_multirun_makes_one_folder_a_job_and_one_wandb_run_each(train: Train) -> None:
    said = start("-m", *QUICK, "logger=wandb", "optimizer.lr=1e-3,1e-2", "seed=1,2")
    assert said.returncode == 0, said.stdout
    folders = list(Path("logs/default").glob("*/jobs/*/"))
    assert len(folders) == 4
    assert all((folder / "checkpoints/best.ckpt").exists() for folder in folders)
    runs = {path.name.rpartition("-")[2] for path in Path("logs").glob("*/*/jobs/*/wandb/offline-run-*")}
    assert len(runs) == 4


def test_a_failed_job_says_why_and_ends_its_wandb_run(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    from my_project.engine.training.supervised import Supervised

    def broken(*arguments: Any) -> None:
        raise ZeroDivisionError("this fault was injected")

    monkeypatch.setattr(Supervised, "validation_step", broken)
    with pytest.raises(SystemExit) as stopped:
        train(*QUICK, "logger=wandb")
    assert stopped.value.code == 1
    (log,) = Path("logs/default").glob("*/train.log")
    assert "ZeroDivisionError: this fault was injected" in log.read_text()
    import wandb

    assert wandb.run is None


def test_the_best_score_is_the_one_of_the_best_epoch(train: Train) -> None:
    from train import main

    folder = train(*QUICK, "trainer.max_epochs=4")
    monitor = yaml.safe_load((folder / ".hydra/config.yaml").read_text())["monitor"]
    scores = [float(row[monitor["metric"]]) for row in rows(folder) if row[monitor["metric"]]]
    best = {"min": min, "max": max}[monitor["mode"]](scores)
    assert best_of(folder)[0] == pytest.approx(best)
    # What `main` returns is what a sweeper optimises.
    config = OmegaConf.load(folder / ".hydra/config.yaml")
    config.update({"output_dir": str(folder.parent / "again")})
    (folder.parent / "again").mkdir()
    assert unwrap(main)(config) == pytest.approx(best)


def test_a_gpu_that_is_not_there_is_one_sentence_and_no_folder(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SystemExit, match="torch finds none on this machine"):
        train(*QUICK, "trainer=gpu")
    assert not list(Path("logs").glob("*/*"))


@pytest.mark.parametrize("scheduler", ["constant", "reduce_on_plateau"])
def test_validation_can_be_every_second_epoch(train: Train, scheduler: str) -> None:
    words = ["+trainer.check_val_every_n_epoch=2", f"scheduler={scheduler}", "trainer.max_epochs=3"]
    folder = train(*QUICK, *words)
    assert [row["epoch"] for row in epochs(folder)] == ["1"]
    assert checkpoint(folder)["epoch"] == 2
    assert checkpoint(folder, "best")["epoch"] == 1


def test_overrides_are_kept(trained_with: Train) -> None:
    folder = trained_with("seed=1")
    assert "seed=1" in yaml.safe_load((folder / ".hydra/overrides.yaml").read_text())
    assert yaml.safe_load((folder / ".hydra/config.yaml").read_text())["seed"] == 1


@pytest.mark.parametrize(("callback", "warned"), [("ema", True), ("[default,ema]", False), ("none", False)])
def test_a_run_without_checkpoints_is_warned_of(train: Train, callback: str, warned: bool) -> None:
    words = [word for word in SIX_STEPS if "max_epochs" not in word]
    folder = train(*words, "trainer.max_epochs=1", "data.limit_samples=32", f"callback={callback}")
    said = (folder / "train.log").read_text()
    assert ("No checkpoint will be kept" in said) == ("callback=[default,…]" in said) == warned
