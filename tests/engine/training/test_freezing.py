"""Frozen parameters, and the statistics of their layers, stand still."""

from pathlib import Path

import pytest
import torch
from project import QUICK, Train, network_weights
from pytorch_lightning import LightningModule
from torch import Tensor, nn

from my_project.engine.models.pipeline import Pipeline
from my_project.engine.training.freezing import FreezeBatchNorm, freeze, frozen_norms
from my_project.engine.training.supervised import Supervised
from my_project.engine.training.trainer import Trainer
from network_options import FREEZE, WORDS, fresh


def test_frozen_tensors_stand_still_through_training_and_resume(train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    before: dict[str, Tensor] = {}

    def remember(self: Supervised) -> None:
        for name, value in self.pipeline.network.state_dict().items():
            before.setdefault(name, value.clone())

    monkeypatch.setattr(Supervised, "on_fit_start", remember)
    folder = train(*WORDS, FREEZE, "trainer.max_epochs=1")
    frozen = [name for name in before if ".0." in name]
    assert 0 < len(frozen) < len(before)
    for _ in range(2):
        for name, value in network_weights(folder).items():
            assert torch.equal(value, before[name]) == (name in frozen), name
        train(f"resume={folder}", "trainer.max_epochs=2")


class Around(Pipeline):
    """A network alone."""

    def __init__(self) -> None:
        nn.Module.__init__(self)
        self.network = fresh()


def test_frozen_statistics_stand_still_whatever_sets_the_mode() -> None:
    model, pipeline = LightningModule(), Around()
    model.pipeline = pipeline
    freeze(pipeline.network, [r"body\.[0-5]\..*"])
    norm, trained = pipeline.network.get_submodule("body.1"), pipeline.network.get_submodule("body.9")
    before = {name: value.clone() for name, value in pipeline.network.state_dict().items()}
    for _ in range(2):
        model.eval().train()
        FreezeBatchNorm().on_train_epoch_start(Trainer(accelerator="cpu"), model)
        with pipeline.evaluating():
            assert not trained.training
        pipeline.network(torch.randn(16, 8))
        assert (norm.training, trained.training) == (False, True)
    after = pipeline.network.state_dict()
    assert all(torch.equal(before[f"body.1.{name}"], value) for name, value in norm.state_dict().items())
    assert not torch.equal(before["body.9.running_mean"], after["body.9.running_mean"])


def test_only_norms_without_trainable_parameters_are_frozen() -> None:
    layers = nn.Sequential(nn.BatchNorm1d(2), nn.BatchNorm1d(2, affine=False), nn.InstanceNorm1d(2), nn.Linear(2, 2))
    assert frozen_norms(layers) == []
    for parameter in layers.parameters():
        parameter.requires_grad_(False)
    assert frozen_norms(layers) == [layers[0]]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("network_options.freeze=['fetures.*']", r"freeze: fetures.* matches no name, the nearest are \w+\."),
        ("network_options.freeze=['(']", "is not a regular expression"),
        ("network_options.freeze=['.*']", "leaves no trainable parameter"),
        ("network_options.freeze=layers", r"network_options\.freeze = 'layers': expected list"),
    ],
)
def test_what_cannot_be_frozen_is_one_sentence(train: Train, words: str, sentence: str) -> None:
    with pytest.raises(SystemExit, match=sentence) as stopped:
        train(*QUICK, words)
    assert "\n" not in str(stopped.value)
    assert not Path("logs").exists()


def test_the_table_of_layers_says_what_is_trained(train: Train, capsys: pytest.CaptureFixture[str]) -> None:
    folder = train(*QUICK, "trainer.max_epochs=1", "callback=default", FREEZE)
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("│ total")]
    sizes = {
        name: value.numel() for name, value in network_weights(folder).items() if name.endswith((".weight", ".bias"))
    }
    trained = sum(size for name, size in sizes.items() if ".0." not in name)
    assert int(line.split("│")[-2].replace(",", "")) == trained < sum(sizes.values())
