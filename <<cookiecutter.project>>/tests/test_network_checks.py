"""Checks of every network: each file in configs/network.

No data are needed: batches are generated from the definition of each problem that the network takes.
"""

from typing import Any

import pytest
import torch
from example_models import COUNT, NETWORKS, batch_of, loss_of, model, part, together, without_padding
from project import Words
from torch import Tensor, nn

from <<cookiecutter.package>>.engine.testing import check_fields, example, load, save


@pytest.mark.parametrize("words", NETWORKS)
def test_output_fits_the_definition(words: Words) -> None:
    made = model(*words)
    for count in (1, COUNT):
        with made.pipeline.evaluating():
            output = made.pipeline(batch_of(made, count).input)
        definition = made.pipeline.definition
        check_fields(definition.Output, output, definition.sizes() | {"batch": count}, words[1])


@pytest.mark.parametrize("words", NETWORKS)
def test_output_depends_on_its_own_sample_alone(words: Words) -> None:
    made = model(*words)
    one, other = (example(made.pipeline.definition, 4, seed).input for seed in (0, 1))

    def first_output(input: Any) -> Tensor:
        with made.pipeline.evaluating():
            return together(made.pipeline(input))[0]

    found = first_output(one)
    rest = type(one)(*(torch.cat([own[:1], field[1:]]) for own, field in zip(one, other, strict=True)))
    assert torch.allclose(first_output(rest), found, rtol=1e-4, atol=1e-5), (
        "the first sample's prediction depends on another sample"
    )
    for name in made.pipeline.fields:
        first, values = getattr(other, name)[:1], getattr(one, name)
        changed = one._replace(**{name: torch.cat([first, values[1:]])})
        if not torch.equal(first, values[:1]):  # the first sample is the longest of each example
            assert not torch.equal(first_output(changed), found), f"the first sample's prediction ignores its {name}"


@pytest.mark.parametrize("words", NETWORKS)
def test_evaluation_is_deterministic_for_any_batch_size(words: Words) -> None:
    made = model(*words)
    batch = batch_of(made)
    with made.pipeline.evaluating():
        whole, again = (together(made.pipeline(batch.input)) for _ in range(2))
        alone = torch.cat([together(made.pipeline(part(batch.input, slice(i, i + 1)))) for i in range(COUNT)])
    assert torch.equal(whole, again), "two evaluations differ"
    assert torch.allclose(whole, alone, rtol=1e-3, atol=1e-4), "the batch size changes the prediction"


@pytest.mark.parametrize("words", NETWORKS)
def test_padding_does_not_change_the_output(words: Words) -> None:
    made = model(*words)
    batch = batch_of(made).input
    with made.pipeline.evaluating():
        whole = made.pipeline(batch)
        for index, sample in enumerate(without_padding(batch)):
            for padded, alone in zip(whole, made.pipeline(sample), strict=True):
                same = padded[index : index + 1][tuple(slice(size) for size in alone.shape)]  # the part of the sample
                assert torch.allclose(same, alone, rtol=1e-3, atol=1e-4), "padding changes the output of a sample"


@pytest.mark.parametrize("words", NETWORKS)
def test_training_differs_only_by_dropout_and_normalization(words: Words) -> None:
    made = model(*words)
    differing = (nn.modules.dropout._DropoutNd, nn.modules.batchnorm._NormBase)
    if words[1] == "network=timm" or any(isinstance(module, differing) for module in made.pipeline.network.modules()):
        assert not torch.equal(*(together(made.train(mode).pipeline(batch_of(made).input)) for mode in (True, False)))
        return
    results = [together(made.train(mode).pipeline(batch_of(made).input)) for mode in (True, False)]
    assert torch.equal(*results), "training differs from evaluation without a layer of dropout or normalization"


@pytest.mark.parametrize("words", NETWORKS)
def test_gradients_reach_every_parameter(words: Words) -> None:
    made = model(*words)
    batch = batch_of(made)
    optimizer = torch.optim.SGD(made.parameters(), lr=0.1)
    named = made.pipeline.network.named_parameters()
    unreached = {key: parameter for key, parameter in named if parameter.requires_grad}
    for _ in range(4):  # a residual branch that starts at zero gets its gradient from the second step on
        optimizer.zero_grad()
        loss_of(made, made.pipeline(batch.input), batch).total.mean().backward()
        for key, parameter in list(unreached.items()):
            assert parameter.grad is not None, f"{key} is not used"
            assert parameter.grad.isfinite().all(), f"the gradient of {key} is not finite"
            if parameter.grad.abs().sum() > 0:
                del unreached[key]
        optimizer.step()
    assert not unreached, f"no gradient reaches {', '.join(unreached)}"


@pytest.mark.parametrize("words", NETWORKS)
def test_only_frozen_parameters_get_no_gradient(words: Words) -> None:
    (first, _), *rest = model(*words).pipeline.network.named_parameters()
    made = model(*words, f"network_options.freeze=[{first}]")
    batch = batch_of(made)
    loss_of(made, made.pipeline(batch.input), batch).total.mean().backward()
    without = [key for key, parameter in made.pipeline.network.named_parameters() if parameter.grad is None]
    assert without == [first]
    assert rest


@pytest.mark.parametrize("words", NETWORKS)
def test_activation_checkpointing_gives_equal_gradients(words: Words) -> None:
    batch, gradients = None, []
    for more in ([], ["network_options.activation_checkpointing=true"]):
        made = model(*words, *more)
        batch = batch or batch_of(made)
        torch.manual_seed(1)  # dropout
        loss_of(made, made.pipeline(batch.input), batch).total.mean().backward()
        named = made.pipeline.network.named_parameters()
        gradients.append({key: parameter.grad for key, parameter in named if parameter.requires_grad})
    for (key, once), twice in zip(gradients[0].items(), gradients[1].values(), strict=True):
        assert once is not None
        assert twice is not None
        assert torch.allclose(once, twice, rtol=1e-4, atol=1e-6), key


@pytest.mark.parametrize("words", NETWORKS)
def test_accumulated_gradients_equal_those_of_the_large_batch(words: Words) -> None:
    made = model(*words).eval()  # without statistics of the batch and dropout
    batch, gradients = batch_of(made), []
    for size in (COUNT, COUNT // 3):
        made.zero_grad()
        for start in range(0, COUNT, size):
            few = slice(start, start + size)
            target = part(batch.target, few)
            (made.loss(made.pipeline(part(batch.input, few)), target).total.sum() / COUNT).backward()
        gradients.append([parameter.grad.clone() for parameter in made.parameters() if parameter.grad is not None])
    assert gradients[0]
    for whole, summed in zip(*gradients, strict=True):
        assert torch.allclose(whole, summed, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("words", NETWORKS)
def test_saved_network_gives_the_same_output(words: Words, tmp_path: Any) -> None:
    # The file does not keep the memory format: the last digits would differ.
    made = model(*words, "network_options.channels_last=false")
    batch = batch_of(made)
    for _ in range(2):
        made.pipeline(batch.input)  # running statistics move
    save(made.pipeline, tmp_path / "x.safetensors")
    again = load(tmp_path / "x.safetensors")
    predictions = [together(pipeline.eval()(batch.input)) for pipeline in (made.pipeline, again)]
    assert torch.equal(*predictions), "a part of the state is not saved"


@pytest.mark.parametrize("words", NETWORKS)
def test_network_runs_in_bfloat16(words: Words) -> None:
    made = model(*words)
    batch = batch_of(made)
    with torch.autocast("cpu", torch.bfloat16):
        total = loss_of(made, made.pipeline(batch.input), batch).total
    total.float().mean().backward()
    assert total.isfinite().all()
