"""A new run that begins with the weights of another."""

import os
import pickle
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from project import QUICK, Train, epochs, network_weights, options, run_train, weights

from my_project.engine.checkpoints.checkpoint import load
from my_project.engine.cli.command_line import prepare
from my_project.engine.core.errors import InputError
from my_project.engine.training.warm_start import warm_start

# Without running statistics, which move even where nothing is learned.
NETWORK, WIDTH = ("mlp", "[32]") if "mlp" in options("network") else ("my_network", "32")
WORDS = (*QUICK, f"network={NETWORK}", "scheduler=constant", "optimizer=sgd", "optimizer.lr=0.05")
STILL = (*WORDS, "optimizer.lr=0", "trainer.max_epochs=1", "seed=1")
OTHER = f"network.hidden={WIDTH}"


def start(path: Path) -> str:
    return f"warm_start.checkpoint={path}"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("trained"))
        return run_train(*WORDS)


def test_at_rate_zero_validation_is_that_of_the_checkpoint(train: Train, trained: Path) -> None:
    last = trained / "checkpoints/last.ckpt"
    folder = train(*STILL, "seed=0", start(last))
    names = [name for name in epochs(folder)[-1] if name.startswith("val/")]
    assert names
    for name in names:
        assert float(epochs(folder)[-1][name]) == pytest.approx(float(epochs(trained)[-1][name]), rel=1e-6), name
    fresh = epochs(train(*STILL))[-1]["val/loss"]
    assert fresh != epochs(folder)[-1]["val/loss"]
    assert f"{len(weights(folder))} tensors loaded" in (folder / "train.log").read_text()


def test_a_resumed_run_goes_on_with_its_own_weights(train: Train, trained: Path) -> None:
    file = Path(shutil.copy(trained / "checkpoints/last.ckpt", "x.ckpt")).resolve()
    words = (*WORDS, "seed=1", start(file))
    four = train(*words, "trainer.max_epochs=4", "name=four")
    two = train(*words, "name=two")
    file.unlink()  # it is not even looked for
    train(f"resume={two}", "trainer.max_epochs=4")
    assert all(torch.equal(value, weights(two)[name]) for name, value in weights(four).items())
    with pytest.raises(InputError, match="continues with the weights of the run"):
        prepare([f"resume={two}", start(two / "checkpoints/best.ckpt")])


@pytest.mark.parametrize("suffix", ["pt", "safetensors"])
def test_a_state_dict_of_the_network_will_do(train: Train, trained: Path, tmp_path: Path, suffix: str) -> None:
    from safetensors.torch import save_file

    weights, path = network_weights(trained), tmp_path / f"network.{suffix}"
    save_file(weights, path) if suffix == "safetensors" else torch.save(weights, path)
    found = network_weights(train(*STILL, start(path)))
    assert all(torch.equal(value, found[name]) for name, value in weights.items())


def test_names_can_be_changed(train: Train, trained: Path, tmp_path: Path) -> None:
    weights = {f"backbone.{name}": value for name, value in network_weights(trained).items()}
    torch.save({"state_dict": weights, "epoch": 3}, tmp_path / "x.pth")
    found = network_weights(train(*STILL, start(tmp_path / "x.pth"), r"+warm_start.rename={\.backbone: ''}"))
    assert all(torch.equal(value, found[name.removeprefix("backbone.")]) for name, value in weights.items())


@pytest.mark.parametrize(
    "rule", [r"warm_start.include=['network\..*weight','preprocess.*']", r"warm_start.exclude=['.*\.bias']"]
)
def test_tensors_can_be_chosen(train: Train, trained: Path, rule: str) -> None:
    folder = train(*STILL, start(trained / "checkpoints/last.ckpt"), rule)
    fresh, given = network_weights(train(*STILL)), network_weights(trained)
    for name, value in network_weights(folder).items():
        assert torch.equal(value, (fresh if name.endswith("bias") else given)[name]), name
    said = (folder / "train.log").read_text()
    assert "layers.0.bias (excluded)" in said.replace("layers.1", "layers.0")
    assert "bias" in said.partition("unexpected tensors of the file")[2]


def test_another_shape_needs_leave(train: Train, trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = (*STILL, OTHER, start(trained / "checkpoints/last.ckpt"))
    with pytest.raises(SystemExit, match=r"lacks tensors of the network: network\.layers.*of the file") as stopped:
        train(*words)
    assert "\n" not in str(stopped.value)
    assert not Path("logs").exists()
    folder = train(*words, "warm_start.allow_partial=true")
    given, fresh = network_weights(trained), network_weights(train(*STILL, OTHER))
    for name, value in network_weights(folder).items():
        assert torch.equal(value, (given if value.shape == given[name].shape else fresh)[name]), name
    assert "not loaded: [" in capsys.readouterr().out
    assert " in the file, [" in (folder / "train.log").read_text()


RULES: list[tuple[dict[str, Any], str]] = [
    ({"exclude": ["network.layer.*weigth"]}, "exclude: .* matches no name, the nearest are network"),
    ({"include": ["features.*"]}, "include: features.* matches no name"),
    ({"include": ["("]}, "is not a regular expression"),
    ({"rename": {"features": "network"}}, "rename: features matches no name"),
    ({"rename": {"(": "network"}}, r"rename: \( cannot be replaced by network"),
    ({"rename": {"weight": "bias"}}, "gives several tensors the same name: network"),
    ({"rename": {"network": "net"}}, r"network\..* \(not in the file\).* unexpected tensors of the file are net\."),
    ({"exclude": [".*"]}, "no tensor of .* fits"),
    ({"exclude": [".*"], "allow_partial": True}, "no tensor of .* fits"),
]


@pytest.mark.parametrize(("rules", "sentence"), RULES)
def test_a_rule_that_cannot_be_meant_is_refused(trained: Path, rules: dict[str, Any], sentence: str) -> None:
    path = trained / "checkpoints/last.ckpt"
    pipeline = load(path)
    for parameter in pipeline.parameters():
        parameter.data.zero_()
    with pytest.raises(InputError, match=sentence) as refused:
        warm_start(pipeline, str(path), **rules)
    assert "\n" not in str(refused.value)
    assert not any(parameter.any() for parameter in pipeline.parameters())


class Trap:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self.path),)


def test_what_holds_no_weights_is_refused_and_not_run(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "trap.ckpt").write_bytes(pickle.dumps({"state_dict": Trap(tmp_path / "sprung")}))
    torch.save({"state_dict": Trap(tmp_path / "sprung")}, tmp_path / "trap.pt")
    torch.save([1, 2], tmp_path / "list.pt")
    (tmp_path / "x.safetensors").write_text("hello")
    sentences = {
        "trap.ckpt": "holds no weights", "trap.pt": "holds no weights", "x.safetensors": "holds no weights",
        "list.pt": "holds no tensors by name", "nothing.pt": "there is no such file",
    }  # fmt: skip
    pipeline = load(trained / "checkpoints/last.ckpt")
    for name, sentence in sentences.items():
        with pytest.raises(InputError, match=sentence) as refused:
            warm_start(pipeline, str(tmp_path / name))
        assert "\n" not in str(refused.value)
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("warm_start.chekpoint=x", "did you mean checkpoint?"),
        ("warm_start.allow_partial=1", "warm_start.allow_partial = 1: expected boolean"),
        ("warm_start.include=x", "warm_start.include = 'x': expected list"),
        ("+warm_start.rename.a=1", "warm_start.rename.a = 1: expected string"),
    ],
)
def test_its_keys_are_checked(word: str, sentence: str) -> None:
    with pytest.raises(InputError) as refused:
        prepare([word])
    assert sentence in str(refused.value)
