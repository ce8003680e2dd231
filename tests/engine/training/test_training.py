"""Runs as their owner sees them: folders, files, resume, multirun, checkpoint."""

import json
import shutil
import subprocess
import sys
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
from project import QUICK, ROOT, Train, checkpoint, epochs, options, rows, run_train, weights

from my_project.engine.checkpoints.checkpoint import load
from my_project.engine.core.errors import InputError
from my_project.engine.definitions.check import axes


def best_of(folder: Path) -> tuple[float, str]:
    (best,) = [state for name, state in checkpoint(folder)["callbacks"].items() if "'monitor': 'val" in name]
    return float(best["best_model_score"]), best["best_model_path"]


def test_a_run_leaves_everything_it_promises(train: Train) -> None:
    folder = train(*QUICK, "logger=tensorboard")
    for name in (
        ".hydra/config.yaml", ".hydra/overrides.yaml", "train.log", "metrics.csv", "reproduce.yaml",
        "checkpoints/best.ckpt", "checkpoints/last.ckpt", "pictures/samples.png",
        "pictures/predictions_before.png", "pictures/predictions_after.png", "tensorboard",
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
CHOICES = [" ".join(filter(None, choice)) for choice in zip_longest(*GROUPS)]


@pytest.mark.parametrize("choice", [*CHOICES, "debug=fast", "debug=overfit"])
def test_every_other_choice_trains(train: Train, choice: str) -> None:
    words = [*QUICK, "trainer.max_epochs=1", "optimizer.lr=1e-3", "logger=tensorboard", *choice.split()]
    assert (train(*words) / "train.log").exists()


def test_a_profile_says_where_the_time_goes(train: Train) -> None:
    folder = train(*QUICK, "debug=profile")
    assert "run_training_epoch" in (folder / "fit-profile.txt").read_text()


def test_a_trace_names_the_operations(train: Train) -> None:
    folder = train(*QUICK, "debug=trace", "callback=none")
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
        train(*QUICK, "debug=anomaly", "callback=none")
    (log,) = Path("logs/anomaly").glob("*/train.log")
    assert "returned nan values" in log.read_text()


def test_what_is_done_before_the_first_step_leaves_no_trace(train: Train) -> None:
    words = [*QUICK, "trainer.max_epochs=1"]
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


def test_metrics_do_not_depend_on_the_batch_size(train: Train) -> None:
    folder = train(*QUICK, "scheduler=constant")
    tested = []
    for size in (5, 96):  # the training is over: resumed, the run is tested again
        train(f"resume={folder}", f"data.batch_size={size}")
        tested.append(rows(folder)[-1])
    assert tested[0].keys() == tested[1].keys()
    for name, value in tested[0].items():
        assert float(value or 0) == pytest.approx(float(tested[1][name] or 0), rel=1e-5), name


@pytest.mark.parametrize(
    "scheduler", [pytest.param("exponential", marks=pytest.mark.slow), "reduce_on_plateau scheduler.patience=0"]
)
def test_two_epochs_and_two_more_are_four(train: Train, scheduler: str) -> None:
    words = [*QUICK, *f"scheduler={scheduler}".split(), "trainer.log_every_n_steps=2"]
    four = train(*words, "trainer.max_epochs=4", "name=four")
    two = train(*words, "name=two")
    moved = Path("elsewhere/run").resolve()
    moved.parent.mkdir()
    two.rename(moved)
    assert run_train(f"resume={moved}", "trainer.max_epochs=4")
    assert not two.exists()
    straight, resumed = weights(four), weights(moved)
    assert all(torch.equal(value, resumed[name]) for name, value in straight.items())
    for key in ("global_step", "epoch", "lr_schedulers"):
        assert checkpoint(four)[key] == checkpoint(moved)[key]
    assert [row for row in rows(four) if not row["test/loss"]] == [row for row in rows(moved) if not row["test/loss"]]
    (score, path), (score_moved, path_moved) = best_of(four), best_of(moved)
    assert score == score_moved
    assert path == str(four / "checkpoints/best.ckpt")
    assert path_moved == str(moved / "checkpoints/best.ckpt")
    assert all(torch.equal(value, weights(moved, "best")[name]) for name, value in weights(four, "best").items())


def test_a_planned_learning_rate_refuses_another_length(train: Train) -> None:
    folder = train(*QUICK, "scheduler=one_cycle")
    names = ("checkpoints/last.ckpt", "metrics.csv", "reproduce.yaml", ".hydra/config.yaml", ".hydra/overrides.yaml")
    before = [(folder / name).read_bytes() for name in names]
    with pytest.raises(SystemExit, match="was planned for"):
        train(f"resume={folder}", "trainer.max_epochs=4")
    assert [(folder / name).read_bytes() for name in names] == before


def test_an_interrupted_run_ends_as_if_it_had_not_been(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    from my_project.engine.training.supervised import Supervised

    words = [*QUICK, "scheduler=one_cycle", "trainer.max_epochs=4"]
    straight = train(*words, "name=straight")
    steps = 0

    def stop(*arguments: Any) -> None:
        nonlocal steps
        steps += 1
        if steps == 8:  # in the middle of the third epoch
            raise ZeroDivisionError("this fault was injected")

    with monkeypatch.context() as patch:
        patch.setattr(Supervised, "on_train_batch_start", stop)
        with pytest.raises(SystemExit):
            train(*words, "name=stopped")
    (stopped,) = Path("logs/stopped").glob("*")
    run_train(f"resume={stopped.resolve()}")
    assert all(torch.equal(value, weights(stopped)[name]) for name, value in weights(straight).items())
    assert rows(straight) == rows(stopped)


def test_resume_refuses_to_swap_a_part(train: Train, trained_with: Train) -> None:
    folder = trained_with()
    with pytest.raises(SystemExit, match="would replace a part of it"):
        train(f"resume={folder}", "optimizer=sgd")


def test_resume_keeps_what_its_checkpoint_and_its_validation_rest_on(train: Train) -> None:
    folder = train(*QUICK, "scheduler=constant", "trainer.max_epochs=1", "~callback.pictures")
    kept = ["optimizer.lr=0", "+network.width=3", "network_options.freeze=[a]", "seed=1", "monitor.mode=max"]
    for word in [*kept, "dataset.root=x", "data.split.fold=1", "data.limit_samples=9"]:
        with pytest.raises(SystemExit, match=r"keeps the .* of its start.*warm_start\.checkpoint="):
            train(f"resume={folder}", word)
    assert train(f"resume={folder}", "trainer.max_epochs=2", "data.batch_size=16", "data.cache.dir=elsewhere") == folder


def test_a_run_of_another_project_is_named(train: Train) -> None:
    folder = train(*QUICK, "trainer.max_epochs=1", "~callback.pictures")
    config = folder / ".hydra" / "config.yaml"
    config.write_text(config.read_text().replace("_target_: my_project.", "_target_: another."))
    here = "my_project"
    with pytest.raises(SystemExit, match=f"is a run of another, and this is {here}: resume it there"):
        train(f"resume={folder}")


@pytest.mark.slow  # in this process: test_the_pipeline_answers_raw_inputs_as_it_did_in_the_run
def test_the_checkpoint_answers_in_a_fresh_process_without_configs(trained_with: Train, tmp_path: Path) -> None:
    best = trained_with() / "checkpoints/best.ckpt"
    pipeline = load(best)
    kind, sizes = pipeline.definition.Input, pipeline.definition.sizes()
    fields = [torch.rand([sizes.get(axis, 3) for axis in axes(kind, field)]) for field in kind._fields]
    torch.save([fields, list(pipeline.predict(kind(*fields)))], tmp_path / "expected.pt")
    code = (
        "import sys, torch\n"
        "from my_project.engine.checkpoints.checkpoint import load\n"
        f"pipeline = load({str(best)!r})\n"
        f"fields, expected = torch.load({str(tmp_path / 'expected.pt')!r})\n"
        "answer = pipeline.predict(pipeline.definition.Input(*fields))\n"
        "assert all(torch.equal(*pair) for pair in zip(answer, expected, strict=True))\n"
        "assert 'hydra' not in sys.modules\n"
    )
    alone = tmp_path / "alone"
    shutil.copytree(ROOT / "my_project", alone / "my_project")
    subprocess.run([sys.executable, "-c", code], cwd=alone, check=True)


def test_foreign_files_are_no_checkpoints(tmp_path: Path) -> None:
    path = tmp_path / "x.ckpt"
    with pytest.raises(InputError, match="There is no checkpoint"):
        load(path)
    path.write_text("hello")
    with pytest.raises(InputError, match="is not a checkpoint of this project"):
        load(path)
    torch.save({"state_dict": {}, "pipeline": {"format": 99}}, path)
    with pytest.raises(InputError, match="has format 99"):
        load(path)


def test_a_multirun_makes_one_folder_a_job_and_one_wandb_run_each(train: Train) -> None:
    train("-m", *QUICK, "logger=wandb", "optimizer.lr=1e-3,1e-2", "seed=1,2")
    folders = list(Path("logs/default").glob("*/"))
    assert len(folders) == 4
    assert all((folder / "checkpoints/best.ckpt").exists() for folder in folders)
    runs = {path.name.rpartition("-")[2] for path in Path("logs").glob("*/*/wandb/offline-run-*")}
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
    words = [word for word in QUICK if "max_epochs" not in word]
    folder = train(*words, "trainer.max_epochs=1", "data.limit_samples=32", f"callback={callback}")
    said = (folder / "train.log").read_text()
    assert ("No checkpoint will be kept" in said) == ("callback=[default,…]" in said) == warned
