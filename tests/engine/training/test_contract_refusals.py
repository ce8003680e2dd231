"""The contract refuses a part that does not fit the definition, and names it."""

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from my_project.engine.core.errors import InputError
from my_project.engine.definitions.definition import Definition
from my_project.engine.definitions.presentation import Presentation
from my_project.engine.losses.loss import LossOutput
from my_project.engine.training.contract import check_contract
from points import TEN, LevelLoss, LevelNet, LevelPrediction, Levels, LevelTarget, pipeline_of


class Doubled(nn.Module):
    """A post-processing that returns two numbers for a sample."""

    def __init__(self, definition: Definition) -> None:
        super().__init__()

    def forward(self, output: Any) -> Any:
        return output._replace(y=output.y.repeat(2, 1))


def test_a_single_number_for_each_sample_is_a_target() -> None:
    levels = Levels(TEN, 1, 8, 8)
    check_contract(pipeline_of(levels, LevelNet), LevelLoss())
    y = torch.tensor([1.0, 3.0])
    columns = levels.presentation().to_columns(LevelPrediction(y), LevelTarget(torch.zeros(2)))
    assert columns["absolute_error_y"].tolist() == [1, 3]


def test_post_processing_and_table_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    levels = Levels(TEN, 1, 8, 8)
    with pytest.raises(InputError, match=r"Doubled: field 'y' of LevelPrediction is \[2, 8\]"):
        check_contract(pipeline_of(levels, LevelNet, Doubled), LevelLoss())
    for columns, sentence in (
        (lambda *_: {"y": torch.zeros(8, 1).numpy()}, r"Presentation.to_columns gives \[8, 1\] as 'y', expected one"),
        (lambda _, prediction, target: {"y": target.label}, "Presentation.to_columns reads 'label' of LevelTarget"),
    ):
        monkeypatch.setattr(Presentation, "to_columns", columns)
        with pytest.raises(InputError, match=sentence):
            check_contract(pipeline_of(levels, LevelNet), LevelLoss())


class WithoutGradient(LevelLoss):
    def forward(self, output: Any, target: Any) -> LossOutput:
        loss = super().forward(output, target)
        return loss._replace(total=loss.total.detach())


def test_a_loss_without_gradient_is_refused() -> None:
    with pytest.raises(InputError, match="WithoutGradient gives a total that is cut off from the output"):
        check_contract(pipeline_of(Levels(TEN, 1, 8, 8), LevelNet), WithoutGradient())


class LateBuffer(LevelNet):
    """Makes a buffer in its first forward."""

    def forward(self, x: Tensor) -> Any:
        self.register_buffer("seen", torch.ones(1))
        return super().forward(x)


class Unsaved(LevelNet):
    """Holds a random tensor that is no buffer."""

    def __init__(self, definition: Levels) -> None:
        super().__init__(definition)
        self.shift = torch.rand(1)

    def forward(self, x: Tensor) -> Any:
        return super().forward(x) + self.shift


@pytest.mark.parametrize(
    ("network", "sentence"),
    [
        (LateBuffer, "LateBuffer cannot be loaded from a checkpoint: network.seen is made after __init__"),
        (Unsaved, "Unsaved gives other y after it is saved and loaded: keep its state in parameters and buffers"),
    ],
)
def test_a_network_that_is_not_saved_is_refused(
    monkeypatch: pytest.MonkeyPatch, network: type[LevelNet], sentence: str
) -> None:
    pipeline = pipeline_of(Levels(TEN, 1, 8, 8), network)
    check_contract(pipeline, LevelLoss())  # no checkpoint can hold a class of this file
    monkeypatch.setattr("my_project.engine.checkpoints.checkpoint._check_target", lambda target: None)
    with pytest.raises(InputError, match=sentence):
        check_contract(pipeline_of(Levels(TEN, 1, 8, 8), network), LevelLoss())


def test_the_check_of_saving_draws_no_random_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("my_project.engine.checkpoints.checkpoint._check_target", lambda target: None)
    pipeline = pipeline_of(Levels(TEN, 1, 8, 8), LevelNet)
    state = torch.get_rng_state()
    check_contract(pipeline, LevelLoss())
    assert torch.equal(state, torch.get_rng_state())


class Undecodable(nn.Module):
    def __init__(self, definition: Definition) -> None:
        super().__init__()

    def forward(self, output: Any) -> Any:
        raise RuntimeError("no path")


class Doubles(Undecodable):
    def forward(self, output: Any) -> Any:
        return output._replace(y=output.y.round().long())


def test_a_decoding_that_fails_or_gives_another_dtype_is_refused() -> None:
    for postprocess, sentence in (
        (Undecodable, r"Undecodable fails on a first batch of 8 samples .*no path"),
        (Doubles, r"Doubles: field 'y' of LevelPrediction is \[8\] torch.int64"),
    ):
        with pytest.raises(InputError, match=sentence):
            check_contract(pipeline_of(Levels(TEN, 1, 8, 8), LevelNet, postprocess), LevelLoss())


def test_metrics_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline = pipeline_of(Levels(TEN, 1, 8, 8), LevelNet)
    monkeypatch.setattr(Levels, "metric_inputs", lambda self, output, target: (output.logits, target.y))
    with pytest.raises(InputError, match=r"Levels\.metric_inputs reads 'logits' of LevelPrediction, which has only y"):
        check_contract(pipeline, LevelLoss())
