"""Network options: frozen parameters; memory format, recomputation and compilation, which do not change results."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch
from project import QUICK, Train, default_dataset, network_weights, run_train
from pytorch_lightning import LightningModule
from torch import Tensor, nn

from my_project.engine.checkpoints.checkpoint import load
from my_project.engine.core.errors import InputError
from my_project.engine.inference.predictor import Predictor
from my_project.engine.models.pipeline import Pipeline
from my_project.engine.training.activation_checkpointing import checkpoint_blocks, segments
from my_project.engine.training.freezing import FreezeBatchNorm, freeze, frozen_norms
from my_project.engine.training.supervised import Supervised
from my_project.engine.training.trainer import Trainer

WORDS = (*QUICK, "scheduler=constant", "optimizer=sgd", "optimizer.lr=0.05", "~callback.pictures")
FREEZE = r"network_options.freeze=['.*\.0\..*']"  # the first layer of each Sequential, in every network


class Net(nn.Module):
    """Blocks, in-place layers, dropout and running statistics."""

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for _ in range(9):
            layers += [nn.Linear(8, 8), nn.BatchNorm1d(8), nn.ReLU(inplace=True), nn.Dropout(0.1)]
        self.body = nn.Sequential(*layers)
        self.head = nn.Linear(8, 3)

    def forward(self, x: Tensor) -> Tensor:
        prediction: Tensor = self.head(self.body(x))
        return prediction


def fresh() -> Net:
    torch.manual_seed(0)
    return Net().train()


def kept_bytes(network: nn.Module, x: Tensor) -> int:
    """Size of what a forward pass keeps for its gradients, parameters aside."""
    own = {parameter.data_ptr() for parameter in network.parameters()}
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        if tensor.data_ptr() not in own:
            kept[tensor.data_ptr()] = tensor.nbytes
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        output = network(x)
    del output
    return sum(kept.values())


def test_recomputed_activations_give_the_same_gradients_and_statistics_for_less_memory() -> None:
    x = torch.randn(64, 8)
    plain, spared = fresh(), fresh()
    checkpoint_blocks(spared)
    for network in (plain, spared):
        for _ in range(2):
            torch.manual_seed(1)
            network(x).square().sum().backward()
    for one, two in zip(plain.parameters(), spared.parameters(), strict=True):
        assert one.grad is not None
        assert two.grad is not None
        assert torch.equal(one.grad, two.grad)
    other = spared.state_dict()
    assert list(other) == list(plain.state_dict())
    assert all(torch.equal(value, other[name]) for name, value in plain.state_dict().items())  # counters too: 2 each
    assert kept_bytes(spared, x) < 0.4 * kept_bytes(plain, x)


def test_segments_of_a_sequence_begin_with_a_layer_with_parameters() -> None:
    layers = list(fresh().body)
    found = segments(layers)
    assert [len(segment) for segment in found] == [9, 11, 9, 7]  # 5, 5, 5 and 3 layers with parameters
    assert [layer for segment in found for layer in segment] == layers
    assert all(list(segment[0].parameters()) for segment in found)


def test_a_copy_of_a_recomputing_network_is_its_own() -> None:
    network = fresh()
    checkpoint_blocks(network)
    copy = deepcopy(network)
    with torch.no_grad():
        for parameter in copy.parameters():
            parameter.zero_()
    assert not copy(torch.randn(4, 8)).any()


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
    folder = train(*QUICK, "trainer.max_epochs=1", "callback=default", "~callback.pictures", FREEZE)
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("│ total")]
    sizes = {
        name: value.numel() for name, value in network_weights(folder).items() if name.endswith((".weight", ".bias"))
    }
    trained = sum(size for name, size in sizes.items() if ".0." not in name)
    assert int(line.split("│")[-2].replace(",", "")) == trained < sum(sizes.values())


FLAGS = ("channels_last", "activation_checkpointing", "compile")


def eagerly(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """torch.compile that traces and takes guards, but writes no code: that takes most of its time."""
    calls: list[Any] = []
    real = torch.compile

    def quick(function: Callable[..., Any], **named: Any) -> Any:
        calls.append(function)
        return real(function, backend="eager", **named)

    monkeypatch.setattr(torch, "compile", quick)
    return calls


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("plain"))
        return run_train(*WORDS, "network_options.channels_last=false")


def same_weights_and_answers(plain: Path, flagged: Path) -> None:
    one, two = network_weights(plain), network_weights(flagged)
    assert list(one) == list(two)
    for name, value in one.items():  # what is added in another order differs in the last digits
        assert torch.allclose(value, two[name], rtol=1e-4, atol=1e-5), name
    pipelines = [load(folder / "checkpoints/last.ckpt") for folder in (plain, flagged)]
    kinds = [[type(module) for module in pipeline.modules()] for pipeline in pipelines]
    assert kinds[0] == kinds[1]
    assert not any(module._compiled_call_impl for module in pipelines[1].modules())
    dataset = default_dataset()()
    inputs = [sample.input for sample in map(dataset.samples(dataset.tokens("test")).__getitem__, range(5))]
    for expected, found in zip(*(Predictor({"": pipeline})(inputs) for pipeline in pipelines), strict=True):
        assert torch.allclose(expected, found, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("flag", FLAGS)
def test_what_spares_time_or_memory_changes_no_weight(
    train: Train, plain: Path, monkeypatch: pytest.MonkeyPatch, flag: str
) -> None:
    calls = eagerly(monkeypatch)
    flagged = train(*WORDS, "network_options.channels_last=false", f"network_options.{flag}=true")
    same_weights_and_answers(plain, flagged)
    assert len(calls) == (flag == "compile")


@pytest.mark.parametrize("flag", ["activation_checkpointing", pytest.param("compile", marks=pytest.mark.slow)])
def test_they_work_together_with_an_average_and_with_frozen_layers(
    train: Train, monkeypatch: pytest.MonkeyPatch, flag: str
) -> None:
    eagerly(monkeypatch)
    words = (*WORDS, "callback=[default,ema]", FREEZE)
    alone = network_weights(train(*words, "network_options.channels_last=false"))
    flagged = network_weights(train(*words, f"network_options.{flag}=true", "network_options.channels_last=true"))
    assert all(torch.allclose(value, flagged[name], rtol=1e-4, atol=1e-5) for name, value in alone.items())


def test_what_cannot_be_compiled_or_recomputed_is_one_sentence(train: Train) -> None:
    with pytest.raises(SystemExit, match=r"cannot work together.*choose one"):
        train(*QUICK, "network_options.compile=true", "network_options.activation_checkpointing=true")
    with pytest.raises(InputError, match="Linear has no block"):
        checkpoint_blocks(nn.Linear(2, 2))


@pytest.mark.slow
def test_a_compiled_network_learns_the_same(train: Train, plain: Path) -> None:
    same_weights_and_answers(plain, train(*WORDS, "network_options.compile=true"))
