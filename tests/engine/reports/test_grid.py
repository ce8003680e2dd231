"""Grids of samples that are no images: long rows of numbers are curves, short ones text."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest
import torch
from jaxtyping import Float32
from torch import Tensor

from my_project.engine.core.errors import InputError
from my_project.engine.definitions.classes import Classes
from my_project.engine.definitions.example import example
from my_project.engine.inference.predictor import Predictor
from my_project.engine.models.pipeline import Pipeline
from my_project.transformers.probabilities import Probabilities
from my_project.transformers.standardize import Standardize


class WaveInput(NamedTuple):
    wave: Float32[Tensor, "batch samples"]


class StereoInput(NamedTuple):
    wave: Float32[Tensor, "batch 2 samples"]


@dataclass(frozen=True)
class Waves(Classes[WaveInput]):
    samples: int

    def sizes(self) -> dict[str, int]:
        return super().sizes() | {"samples": self.samples}


@dataclass(frozen=True)
class Stereo(Classes[StereoInput]):
    pass


@pytest.mark.parametrize(("samples", "curves"), [(800, 6), (8, 0)])
def test_a_long_row_of_numbers_is_a_curve(samples: int, curves: int) -> None:
    definition = Waves(("low", "high"), samples)
    batch = example(definition, 6)
    if curves:
        batch.input.wave[0, 0] = 5.0
    (axis,) = definition.presentation().draw(batch).axes
    assert len(axis.lines) == curves
    assert sum("wave " in text.get_text() for text in axis.texts) == 6 - curves
    for line in axis.lines:
        heights = np.asarray(line.get_ydata())
        assert len(heights) == samples
        assert np.ptp(heights) == pytest.approx(0.4)


def test_numbers_that_are_not_finite_are_no_curve() -> None:
    batch = example(Waves(("low", "high"), 800), 1)
    batch.input.wave[0, 7] = torch.nan
    (axis,) = Waves(("low", "high"), 800).presentation().draw(batch).axes
    assert not axis.lines


def test_standardize_works_along_an_axis_of_fixed_size() -> None:
    assert Standardize(Stereo(("low", "high")), "wave").mean.shape == (2,)


def test_a_prediction_of_nothing_is_one_sentence() -> None:
    class Flat(torch.nn.Module):
        def __init__(self, definition: Waves) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(8, 2)

        def forward(self, wave: Tensor) -> Tensor:
            return self.layer(wave)  # type: ignore[no-any-return]

    with pytest.raises(InputError, match="There are no inputs, expected at least one"):
        Predictor({"a": Pipeline(Waves(("low", "high"), 8), Flat, None, Probabilities)})([])
