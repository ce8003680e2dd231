"""Samples are left out, kept by a filter, balanced and weighed."""

from pathlib import Path
from typing import Any

import pytest
import torch
from project import QUICK, SIX_STEPS, Train, identity, options

from image_parts import from_config, parts
from my_project.datasets.digits import Digits
from my_project.engine.core.errors import InputError
from my_project.engine.data.collate import index_batch
from my_project.engine.data.datamodule import DataModule
from my_project.engine.data.filter import ByValue
from my_project.engine.data.options import SamplingOptions, SplitOptions
from my_project.engine.definitions.definition import Batch
from my_project.engine.models.pipeline import Pipeline
from my_project.engine.training import Supervised, Trainer
from my_project.models.mlp import MLP


def test_broken_images_are_skipped_counted_and_named(train: Train, photos: Path) -> None:
    for name in ("train/red/0.jpg", "train/blue/1.png", "test/red/2.png"):
        (photos / name).write_text("no image")
    words = ["dataset=image_folder", f"dataset.root={photos}", "trainer=cpu", "trainer.max_epochs=1", "callback=none"]
    log = (train(*words, "data.on_error=skip") / "train.log").read_text()
    assert "ImageFolder test: 1 of 18 samples were left out:" in log
    for name in ("train/red/0.jpg", "train/blue/1.png", "test/red/2.png"):
        assert f"{photos / name} cannot be read as an image" in log


def test_a_filter_keeps_values_of_a_field(train: Train) -> None:
    train(*SIX_STEPS, "data/split/filter=by_value", "data.split.filter.values=[3,7]", "callback=none")
    whole, some = (
        DataModule(Digits(), identity, split=SplitOptions(filter=keep)) for keep in (None, ByValue("label", [3, 7]))
    )
    for data in (whole, some):
        data.setup("fit")
    expected = [place for place, label in _labels(whole.splits["test"]) if label in (3, 7)]
    assert [place for place, _ in _labels(some.splits["test"])] == expected
    assert all({label for _, label in _labels(batch)} == {3, 7} for batch in some.splits.values())
    with pytest.raises(InputError, match=r"field = lable: expected one of label, image"):
        DataModule(Digits(), identity, split=SplitOptions(filter=ByValue("lable", [3]))).setup("fit")
    with pytest.raises(SystemExit, match="has no train samples that the filter keeps"):
        train(*QUICK, "data/split/filter=by_value", "data.split.filter.values=[77]")


def _labels(batch: Batch) -> list[tuple[int, int]]:
    return list(zip(batch.id.tolist(), batch.target.label.tolist(), strict=True))


def test_balanced_sampling_draws_every_class_equally_often(train: Train) -> None:
    train(*SIX_STEPS, "data.sampling.balance=true", "callback=none")

    class Skewed(Digits):
        def tokens(self, split: Any) -> list[int]:
            tokens = super().tokens(split)
            return [token for place, token in enumerate(tokens) if self.get_label(token) < 2 or place % 9 == 0]

    counts = {}
    for balance in (False, True):
        data = DataModule(Skewed(), identity, sampling=SamplingOptions(balance=balance))
        data.setup("fit")
        labels = torch.cat([batch.target.label for batch in data.train_dataloader()])
        counts[balance] = labels.bincount(minlength=10)
        assert len(labels) == len(data.splits["train"].id)
        assert torch.cat([batch.target.label for batch in data.in_order("val")]).equal(data.splits["val"].target.label)
    assert counts[False].max() > 5 * counts[False].min()
    assert counts[True].max() - counts[True].min() <= 1


@pytest.mark.parametrize("limit", [2, 67, 96, 200, 10_000])
def test_a_limit_is_exact_and_keeps_the_share_of_each_class(limit: int) -> None:
    whole, limited = DataModule(Digits(), identity), DataModule(Digits(), identity, limit_samples=limit)
    for data in (whole, limited):
        data.setup("fit")
    for split, batch in limited.splits.items():
        every = whole.splits[split]
        assert len(batch.id) == min(limit, len(every.id))
        assert set(batch.id.tolist()) <= set(every.id.tolist())
        share = every.target.label.bincount(minlength=10) * len(batch.id) / len(every.id)
        assert ((batch.target.label.bincount(minlength=10) - share).abs() < 1).all()


@pytest.mark.parametrize("name", options("loss"))
def test_every_loss_honours_the_weights_of_samples(name: str) -> None:
    data = DataModule(Digits(), identity, limit_samples=8)
    data.setup("fit")
    pipeline = Pipeline(data.definition, MLP, *parts())
    pipeline.fit(data.splits["train"].input)
    model = Supervised(pipeline, from_config(name), torch.optim.SGD)
    model.trainer = Trainer(accelerator="cpu")

    def gradients(places: list[int], weights: list[float]) -> tuple[list[torch.Tensor], float]:
        batch = index_batch(data.splits["train"], torch.tensor(places))._replace(
            weight=torch.tensor(weights, dtype=torch.float32)
        )
        model.zero_grad()
        model.training_step(batch, 0).backward()
        return [parameter.grad for parameter in pipeline.parameters() if parameter.grad is not None], float(
            model.train_meter.compute()["loss"]
        )

    for one, other in [
        (([0, 1, 2], [2, 1, 1]), ([0, 0, 1, 2], [1, 1, 1, 1])),
        (([0, 1, 2], [0, 3, 3]), ([1, 2], [1, 1])),
    ]:
        (first, loss), (second, again) = gradients(*one), gradients(*other)  # type: ignore[arg-type]
        assert loss == pytest.approx(again, rel=1e-5)
        assert all(torch.allclose(a, b, rtol=1e-4, atol=1e-6) for a, b in zip(first, second, strict=True))
