"""Checks of every loss: each file in configs/loss.

No data are needed: batches are generated from the definition of each problem that the loss takes.
"""

import pytest
import torch
from example_models import LOSSES, batch_of, check_output, model, part
from project import Words


@pytest.mark.parametrize("words", LOSSES)
def test_loss_gives_one_independent_value_per_sample(words: Words) -> None:
    made = model(*words)
    batch = batch_of(made, 6)
    with made.pipeline.evaluating():
        output = made.pipeline(batch.input)
    whole = made.loss(output, batch.target)
    check_output(made.loss, whole, 6)
    for index in range(6):
        alone = slice(index, index + 1)
        one = made.loss(part(output, alone), part(batch.target, alone)).total
        assert torch.allclose(one[0], whole.total[index], rtol=1e-4, atol=1e-6), (
            "the loss of a sample depends on others"
        )
    order = torch.tensor([3, 1, 5, 0, 2, 4])
    turned = made.loss(part(output, order), part(batch.target, order)).total  # type: ignore[arg-type]
    assert torch.allclose(turned, whole.total[order], rtol=1e-4, atol=1e-6), "the order of the samples matters"


@pytest.mark.parametrize("words", LOSSES)
def test_loss_falls_along_its_gradient(words: Words) -> None:
    made = model(*words)
    batch = batch_of(made, 6)
    with torch.no_grad():
        output = made.pipeline(batch.input)
    fields = output._asdict()
    scores = {name: field.clone().requires_grad_() for name, field in fields.items() if field.is_floating_point()}
    total = made.loss(type(output)(**fields | scores), batch.target).total.sum()
    assert total.requires_grad, "the loss has no gradient"
    gradients = torch.autograd.grad(total, list(scores.values()))
    pairs = zip(scores.items(), gradients, strict=True)
    moved = {name: field - 1e-2 * gradient for (name, field), gradient in pairs}
    after = made.loss(type(output)(**fields | moved), batch.target).total.sum()
    assert after.isfinite()
    assert after < total, "a step along the gradient does not lower the loss"
