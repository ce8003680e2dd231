"""Losses of image classification: their formulas, and what every loss must keep."""

import math

import pytest
import torch
from project import SIX_STEPS, Train, epochs, options
from torch.nn import functional

from image_parts import from_config
from my_project.engine.core.errors import InputError
from my_project.engine.definitions.classes import ClassOutput, ClassTarget
from my_project.losses.cross_entropy import CrossEntropy
from my_project.losses.focal import Focal
from my_project.losses.weighted import Weighted

LOGITS = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
LABELS = torch.tensor([0, 1, 2, 3, 0, 1])
PAIR = ClassOutput(LOGITS), ClassTarget(LABELS)


@pytest.mark.parametrize("name", options("loss"))
def test_every_loss_gives_one_value_a_sample_whatever_the_order(name: str) -> None:
    loss = from_config(name)
    total, parts = loss(*PAIR)
    order = torch.tensor([5, 3, 1, 0, 2, 4])
    assert total.shape == (6,)
    assert all(values.shape == (6,) for values in parts.values())
    assert torch.allclose(loss(ClassOutput(LOGITS[order]), ClassTarget(LABELS[order])).total, total[order])


@pytest.mark.parametrize("name", options("loss"))
def test_every_loss_is_lowest_at_the_right_answer(name: str) -> None:
    right = 4 * functional.one_hot(LABELS, 4).float()
    loss = from_config(name)
    found = loss(ClassOutput(right), ClassTarget(LABELS)).total
    for turn in (1, 2, 3):
        wrong = loss(ClassOutput(right.roll(turn, 1)), ClassTarget(LABELS)).total
        assert (found < 0.2 * wrong).all()
    assert (found < 0.6 * loss(ClassOutput(0 * right), ClassTarget(LABELS)).total).all()


def test_cross_entropy_follows_its_formula() -> None:
    nothing_known = ClassOutput(torch.zeros(6, 4))
    assert CrossEntropy()(nothing_known, PAIR[1]).total.tolist() == pytest.approx([math.log(4)] * 6)
    logs = LOGITS.log_softmax(1)
    smoothed = 0.9 * logs[range(6), LABELS] + 0.1 * logs.mean(1)
    assert torch.allclose(CrossEntropy(label_smoothing=0.1)(*PAIR).total, -smoothed)
    weights = torch.tensor([1.0, 2.0, 0.0, 4.0])
    weighted = CrossEntropy(class_weights=weights.tolist())(*PAIR).total
    assert torch.allclose(weighted, weights[LABELS] * CrossEntropy()(*PAIR).total)


def test_class_weights_must_be_as_many_as_classes() -> None:
    with pytest.raises(InputError, match="has 3 factors, expected one for each of the 4 classes"):
        CrossEntropy(class_weights=[1.0, 1.0, 1.0])(*PAIR)


def test_focal_follows_its_formula() -> None:
    assert torch.allclose(Focal(gamma=0)(*PAIR).total, CrossEntropy()(*PAIR).total)
    right = LOGITS.softmax(1)[range(6), LABELS]
    assert torch.allclose(Focal(gamma=3)(*PAIR).total, -((1 - right) ** 3) * right.log())


def test_weighted_is_the_sum_and_names_must_match() -> None:
    loss = Weighted({"a": CrossEntropy(), "b": Focal()}, {"a": 0.5, "b": 3.0})
    total, parts = loss(*PAIR)
    assert torch.allclose(total, 0.5 * parts["a"] + 3 * parts["b"])
    assert torch.allclose(parts["b_weighted"], 3 * parts["b"])
    with pytest.raises(InputError, match="expected the same names"):
        Weighted({"a": CrossEntropy()}, {"c": 1.0})


def test_the_parts_of_a_loss_are_logged_raw_and_weighted(train: Train) -> None:
    folder = train(*SIX_STEPS, "loss=weighted", "loss.weights.focal=0.25", "callback=none")
    row = epochs(folder)[0]
    assert float(row["val/focal_weighted"]) == pytest.approx(0.25 * float(row["val/focal"]))
    total = float(row["val/cross_entropy_weighted"]) + float(row["val/focal_weighted"])
    assert float(row["val/loss"]) == pytest.approx(total)
