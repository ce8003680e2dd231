"""Further validation sets have metrics of their own, and change nothing else."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch
from project import QUICK, Train, config_of, epochs, rows, weights
from torchmetrics import MeanMetric, MetricCollection

from data_modules import DefaultDataset, same
from my_project.engine.callbacks import evaluation
from my_project.engine.callbacks.checkpoint import Checkpoint
from my_project.engine.core.errors import InputError
from my_project.engine.core.instantiate import build
from my_project.engine.data.datamodule import DataModule
from my_project.engine.inference.predictions import Evaluated
from my_project.engine.reports.curves import History, curves
from my_project.engine.training import Supervised, Trainer, fit
from my_project.engine.training.contract import check_contract
from my_project.engine.training.factory import data_and_pipeline

LOSSES = ("val/loss", "val/again/loss", "val/shuffled/loss")
AGAIN = "+dataset@validation.again=digits"


class Validated(DefaultDataset):
    """Digits that are validated on the test samples."""

    def tokens(self, split: str) -> list[int]:
        return list(super().tokens("test" if split == "val" else split))


class Shuffled(Validated):
    """The same with labels that have nothing to do with the image."""

    def get_label(self, token: int) -> int:
        return int(torch.randint(10, (), generator=torch.Generator().manual_seed(token)))


class Fewer(DefaultDataset):
    """Digits with one class less."""

    def definition(self) -> Any:
        from my_project.definitions.image_classification import ImageClassification

        return ImageClassification(tuple("012345678"), channels=1, height=8, width=8)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Trainer, list[Checkpoint]]:
    """Trainer after a training on digits that validates on the same samples twice, and on shuffled labels."""
    torch.manual_seed(0)
    config = config_of("data.batch_size=32", "network=mlp")
    _, pipeline = data_and_pipeline(config)
    data = DataModule(Validated(), pipeline.prepare, batch_size=32, definition=pipeline.definition)
    data.add_validation_set("again", Validated())
    data.add_validation_set("shuffled", Shuffled())
    model = Supervised(pipeline, build(config, "loss"), partial(torch.optim.AdamW, lr=0.003))
    folder = tmp_path_factory.mktemp("checkpoints")
    saves = [Checkpoint(dirpath=folder, filename=name.replace("/", "-"), monitor=name) for name in LOSSES]
    trainer = Trainer(max_epochs=4, accelerator="cpu", callbacks=[*saves])
    fit(trainer, model, data)
    trainer.validate(model, data, verbose=False)
    return trainer, saves


def test_the_same_set_again_has_equal_metrics(trained: tuple[Trainer, list[Checkpoint]]) -> None:
    metrics = {name: float(value) for name, value in trained[0].callback_metrics.items()}
    assert metrics["val/again/loss"] == metrics["val/loss"]
    assert metrics["val/again/acc"] == metrics["val/acc"] > 0.7


def test_shuffled_labels_stay_at_chance(trained: tuple[Trainer, list[Checkpoint]]) -> None:
    assert 0.02 < float(trained[0].callback_metrics["val/shuffled/acc"]) < 0.2


def test_the_monitored_set_chooses_the_epoch(trained: tuple[Trainer, list[Checkpoint]]) -> None:
    main, again, shuffled = (torch.load(each.best_model_path, weights_only=True)["epoch"] for each in trained[1])
    assert main == again == 3
    assert shuffled == 0, "what is learned makes the loss of shuffled labels higher"


def test_another_set_changes_nothing_else(train: Train) -> None:
    words = (*QUICK, "network=mlp", "network.dropout=0.2")
    without, with_set = train(*words), train(*words, AGAIN)
    assert all(torch.equal(value, weights(with_set)[name]) for name, value in weights(without).items())
    for before, after in zip(rows(without), rows(with_set), strict=True):
        assert before == {name: value for name, value in after.items() if not name.startswith("val/again/")}
    figure = curves({"run": History(with_set)})
    assert figure is not None
    labels = {axis.get_title(): [line.get_label() for line in axis.lines] for axis in figure.axes}
    assert labels["acc"] == ["train", "val", "val again"]
    assert "again/acc" not in labels


def test_charts_are_those_of_the_main_set(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    charted: list[pl.DataFrame] = []

    def chart(evaluated: Evaluated, folder: Path) -> dict[str, Path]:
        charted.append(evaluated.table)
        return {}

    monkeypatch.setattr(evaluation, "write_charts", chart)
    train(*QUICK, "callback.evaluation.every_n_epochs=2", "logger=[csv,tensorboard]", AGAIN, "data.limit_samples=60")
    data, _ = data_and_pipeline(config_of("data.limit_samples=60", AGAIN))
    data.setup("fit")
    (table,) = charted
    assert table["id"].to_list() == data.splits["val"].id.tolist()
    assert len(data.validation_splits["again"].id) == 60
    assert same(data.validation_splits["again"], data.splits["test"])


def test_averaged_weights_are_validated(train: Train) -> None:
    run = train(*QUICK, "callback=[default,ema]", AGAIN, "monitor.metric=val/again/loss", "monitor.mode=min")
    best = min(float(row["val/again/loss"]) for row in epochs(run))
    tested = float(rows(run)[-1]["test/loss"])  # of the best epoch, on the same samples: digits have no val
    assert best == pytest.approx(tested, rel=1e-6)


def test_a_cached_set_is_read_once(cached: Callable[..., DataModule], reads: list[Any]) -> None:
    words = ("data.limit_samples=40", AGAIN)
    first = cached(*words)
    assert reads
    reads.clear()
    second = cached(*words)
    assert not reads
    assert same(first.validation_splits["again"], second.validation_splits["again"])


def test_a_set_that_does_not_fit_is_named() -> None:
    data = DataModule(DefaultDataset(), lambda sample, mode: sample)
    with pytest.raises(InputError, match=r"The validation set 'fewer' \(Fewer\) does not fit the training: it has"):
        data.add_validation_set("fewer", Fewer())


def test_an_unknown_metric_is_refused_with_those_of_all_sets(tmp_path: Path) -> None:
    config = config_of("data.limit_samples=96", AGAIN)
    data, pipeline = data_and_pipeline(config)
    model = Supervised(pipeline, build(config, "loss"), partial(torch.optim.SGD, lr=0.01))
    best = Checkpoint(dirpath=tmp_path, monitor="val/agin/acc")
    with pytest.raises(InputError, match=r"'val/agin/acc', which is not among .*val/loss, .*val/again/acc, train/loss"):
        fit(Trainer(max_epochs=1, accelerator="cpu", callbacks=[best]), model, data)


def test_a_second_training_may_have_another_set() -> None:
    config = config_of("data.limit_samples=96")
    data, pipeline = data_and_pipeline(config)
    model = Supervised(pipeline, build(config, "loss"), partial(torch.optim.SGD, lr=0.01))
    fit(Trainer(max_epochs=1, accelerator="cpu"), model, data)
    more, _ = data_and_pipeline(config_of("data.limit_samples=96", AGAIN))
    trainer = Trainer(max_epochs=1, accelerator="cpu")
    fit(trainer, model, more)
    trainer.validate(model, more, verbose=False)
    assert "val/again/loss" in trainer.callback_metrics


def test_a_metric_cannot_be_named_like_one_of_a_set(monkeypatch: pytest.MonkeyPatch) -> None:
    config = config_of()
    _, pipeline = data_and_pipeline(config)
    monkeypatch.setattr(type(pipeline.definition), "metrics", lambda self: MetricCollection({"again/acc": Named()}))
    with pytest.raises(InputError, match="Metric again/acc of ImageClassification has a / in its name"):
        check_contract(pipeline, build(config, "loss"))


class Named(MeanMetric):
    """A metric that is given output and target."""

    def update(self, output: torch.Tensor, target: torch.Tensor) -> None:  # type: ignore[override]
        super().update(output.mean())
