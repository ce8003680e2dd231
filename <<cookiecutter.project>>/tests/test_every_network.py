"""Checks by short trainings, of every file in configs/network and configs/loss, on the dataset of each problem."""

from pathlib import Path
from typing import Any

import pytest
import torch
from example_models import batch_of, model
from project import BIG, Train, Words, cases, choices_of, epochs, rotated

from <<cookiecutter.package>>.engine.testing import DataModule, Supervised

SLOW = (*BIG, "resnet18", "timm", "lenet", "cnn", "mlp")  # includes your own
NETWORKS = cases(choices_of("network"), SLOW)
PAIRS = rotated()
LEAN = ("logger=csv", "trainer=cpu", "scheduler=constant", "data.batch_size=16")


def score(folder: Path) -> float:
    return float(epochs(folder)[-1]["val/loss"])


def shuffled(setup: Any) -> Any:
    """`setup` of a data module that permutes the targets of the training samples."""

    def set_up(self: DataModule, stage: str) -> None:
        fresh = not self.splits
        setup(self, stage)
        if fresh:
            train = self.splits["train"]
            order = torch.randperm(len(train.id), generator=torch.Generator().manual_seed(0))
            target = type(train.target)(*(field[order] for field in train.target))
            self.splits["train"] = train._replace(target=target)

    return set_up


def check_shuffled_labels(train: Train, monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    words = (*LEAN, "callback=none", "data.limit_samples=192", "trainer.max_epochs=6", *words)
    untaught = score(train(*words, "optimizer.lr=0", "trainer.max_epochs=1"))
    for rate in ("optimizer.lr=1e-3", "optimizer.lr=5e-3", "optimizer.lr=1e-2"):
        right = score(train(*words, rate))
        if right < 0.85 * untaught:
            break
    assert right < 0.85 * untaught, f"with the right labels val/loss falls from {untaught:.3g} to {right:.3g} only"
    monkeypatch.setattr(DataModule, "setup", shuffled(DataModule.setup))
    wrong = score(train(*words, rate))
    # Of a target with many values, texts or masks, also a network that ignores its input learns which are frequent.
    chance = 0.8 * untaught if has_one_value(*words) else 0.0
    assert wrong > max(chance, right / 0.95), (
        f"with shuffled labels val/loss falls from {untaught:.3g} to {wrong:.3g}, with the right ones to {right:.3g}"
    )


def has_one_value(*words: str) -> bool:
    """Whether the target of a sample is one class, or numbers."""
    target = batch_of(model(*words)).target
    return all(field.ndim == 1 or field.is_floating_point() for field in target)


@pytest.mark.parametrize("words", NETWORKS)
def test_shuffled_labels_stay_at_chance(train: Train, monkeypatch: pytest.MonkeyPatch, words: Words) -> None:
    check_shuffled_labels(train, monkeypatch, *words)


@pytest.mark.slow
@pytest.mark.parametrize("words", PAIRS)
def test_shuffled_labels_stay_at_chance_with_each_loss(
    train: Train, monkeypatch: pytest.MonkeyPatch, words: Words
) -> None:
    check_shuffled_labels(train, monkeypatch, *words)


def hold_statistics(self: Supervised) -> None:
    """Running statistics of batch normalization change in training, even without a learned parameter."""
    for module in self.pipeline.network.modules():
        if hasattr(module, "running_mean"):
            module.momentum = 0.0  # type: ignore[assignment]


@pytest.mark.parametrize("words", NETWORKS)
def test_warm_start_and_resume_keep_the_score(train: Train, monkeypatch: pytest.MonkeyPatch, words: Words) -> None:
    monkeypatch.setattr(Supervised, "on_train_start", hold_statistics)
    words = (*LEAN, "~callback.pictures", "data.limit_samples=48", *words)
    first = train(*words, "trainer.max_epochs=1")
    still = (*words, "optimizer.lr=0", f"warm_start.checkpoint={first}/checkpoints/last.ckpt")
    second = train(*still, "trainer.max_epochs=1")
    assert score(second) == pytest.approx(score(first), rel=1e-6)
    train(f"resume={second}", "trainer.max_epochs=2")
    assert len(epochs(second)) == 2
    assert score(second) == pytest.approx(score(first), rel=1e-6)
    for name in (key for key in epochs(first)[-1] if key.startswith("val/")):
        assert epochs(second)[-1][name] == epochs(first)[-1][name]
