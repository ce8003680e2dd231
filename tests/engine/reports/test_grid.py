"""Grids of samples that are no images: long rows of numbers are curves, short ones text, and texts are wrapped."""

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pytest
import torch
from jaxtyping import Float32
from matplotlib.text import Text
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from my_project.engine.core.errors import InputError
from my_project.engine.definitions.classes import Classes
from my_project.engine.definitions.definition import Batch
from my_project.engine.definitions.example import example
from my_project.engine.definitions.tokens import TokenInput, Tokens, TokenTarget
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


def test_captions_are_wrapped_and_cut_to_the_width_of_a_sample() -> None:
    names = ("a class of three words or more words than fit two lines", "$x$")
    definition = Waves(names, 8)
    batch = example(definition, 6)
    batch.target.label[:] = torch.tensor([0, 1, 0, 1, 0, 1])
    (axis,) = definition.presentation().draw(batch).axes
    captions = [text for text in axis.texts if "wave" not in text.get_text()]
    assert [caption.get_text() for caption in captions[:2]] == ["a class of three\nwords or more…", "$x$"]
    assert_apart(captions)


def test_texts_are_wrapped_and_cut_at_the_end_of_their_box() -> None:
    definition = Tokens("".join(map(chr, range(32, 127))) + "\n\t", 2000)
    presentation = definition.presentation()
    texts = ["A line.\n\tIndented, with $dollars$.", "word " * 300, "W" * 400]
    inputs = [presentation.load_input(text) for text in texts]
    rows, length = [row.tokens for row in inputs], torch.tensor([len(row.tokens) for row in inputs])
    tokens = pad_sequence(rows, batch_first=True)
    batch = Batch(torch.arange(3), torch.ones(3), TokenInput(tokens, length), TokenTarget(tokens, length))
    (axis,) = presentation.draw(batch).axes
    drawn = axis.texts[::2]
    assert drawn[0].get_text() == "A line.\n    Indented, with $dollars$."
    assert all(len(text.get_text().splitlines()) > 4 and text.get_text().endswith("…") for text in drawn[1:])
    assert_apart(drawn)


def assert_apart(texts: list[Text]) -> None:
    """Check that no text reaches into the next one of its row."""
    boxes = [box for text in texts if (box := text.get_tightbbox())]
    assert len(boxes) == len(texts)
    assert all(left.x1 <= right.x0 for left, right in pairwise(boxes) if left.y0 < right.y1 and left.x0 < right.x0)
