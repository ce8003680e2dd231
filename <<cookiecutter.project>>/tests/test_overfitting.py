"""Every network and every loss learns a few samples by heart, from an initial loss near that of zeros."""

from typing import Any

import pytest
import torch
from example_models import LOSSES, NETWORKS, PAIRS, batch_of, loss_of, model, zeros
from project import BIG, Words, rotated


@pytest.mark.parametrize("words", PAIRS)
def test_initial_loss_is_near_that_of_zeros(words: Words) -> None:
    made = model(*words)
    batch = batch_of(made, 64)
    with torch.no_grad():
        output = made.pipeline(batch.input)
        found, expected = (loss_of(made, each, batch).total.mean().item() for each in (output, zeros(output)))
    assert 0.4 * expected < found < 2.5 * expected, (
        f"the initial loss is {found:.3g}, that of an output of zeros {expected:.3g}"
    )


@pytest.mark.parametrize("words", NETWORKS)
def test_network_overfits_ten_samples(words: Words) -> None:
    overfit_ten_samples(*words)


@pytest.mark.parametrize("words", LOSSES)
def test_every_loss_overfits_ten_samples(words: Words) -> None:
    overfit_ten_samples(*words)


@pytest.mark.slow
@pytest.mark.parametrize("words", rotated(BIG))
def test_network_overfits_ten_samples_with_each_loss(words: Words) -> None:
    overfit_ten_samples(*words)


def overfit_ten_samples(*words: str) -> None:
    made = model(*words)
    batch = batch_of(made, 10)
    lowest = lowest_loss(made, batch)
    optimizer = torch.optim.Adam(made.parameters(), lr=3e-3)
    first = None
    for _ in range(600):
        optimizer.zero_grad()
        loss = loss_of(made, made.pipeline(batch.input), batch).total.mean()
        first = loss.item() if first is None else first
        if loss.item() - lowest < 0.02 * (first - lowest):
            return
        loss.backward()
        optimizer.step()
    raise AssertionError(
        f"after 600 steps the loss is {loss.item():.3g}; it was {first:.3g} at the start, the lowest is {lowest:.3g}"
    )


def lowest_loss(made: Any, batch: Any) -> float:
    """Lowest loss of outputs that are optimized directly: not 0 with smoothed labels, for example."""
    with torch.no_grad():
        output = made.pipeline(batch.input)
    free = zeros(output)
    scores = [field.requires_grad_() for field in free if field.is_floating_point()]
    optimizer = torch.optim.Adam(scores, lr=0.1)
    for _ in range(300):
        optimizer.zero_grad()
        loss = loss_of(made, free, batch).total.mean()
        loss.backward()
        optimizer.step()
    return float(loss.detach())
