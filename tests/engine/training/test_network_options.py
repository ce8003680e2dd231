"""Memory format, recomputation and compilation, alone and together, do not change results."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from project import QUICK, Train, default_dataset, network_weights, run_train
from torch import nn

from my_project.engine.checkpoints.checkpoint import load
from my_project.engine.core.errors import InputError
from my_project.engine.inference.predictor import Predictor
from my_project.engine.training.activation_checkpointing import checkpoint_blocks
from network_options import FREEZE, WORDS

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


@pytest.mark.parametrize("flag", [*FLAGS[:-1], pytest.param(FLAGS[-1], marks=pytest.mark.slow)])
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
