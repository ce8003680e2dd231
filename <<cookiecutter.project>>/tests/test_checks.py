"""Checks of every network and loss: each file in configs/network and configs/loss.

No data are needed: batches are generated from the definition of the default dataset.
"""

from typing import Any

import pytest
import torch
from project import BIG, config_of, options
from torch import Tensor, nn

from <<cookiecutter.package>>.engine.testing import (
    Batch,
    LossOutput,
    Supervised,
    check_fields,
    check_output,
    data_and_pipeline,
    example,
    model_of,
    pack,
    unpack,
)

NETWORKS = [pytest.param(name, marks=pytest.mark.slow) if name in BIG else name for name in options("network")]
COUNT = 12


def model(*words: str) -> Supervised:
    torch.manual_seed(0)
    config = config_of(*words)
    _, pipeline = data_and_pipeline(config)
    pipeline.fit(example(pipeline.definition, 256, seed=1).input, new=False)
    return model_of(config, pipeline)


def batch_of(made: Supervised, count: int = COUNT) -> Batch:
    return example(made.pipeline.definition, count)


def part(tuple_: Any, places: slice) -> Any:
    return type(tuple_)(*(field[places] for field in tuple_))


def together(output: Any) -> Tensor:
    """Concatenate all fields of a prediction, one row per sample."""
    return torch.cat([field.float().flatten(1) for field in output], 1)


def loss_of(made: Supervised, output: Any, batch: Batch) -> LossOutput:
    found: LossOutput = made.loss(output, batch.target)
    return found


@pytest.mark.parametrize("name", NETWORKS)
def test_output_fits_the_definition(name: str) -> None:
    made = model(f"network={name}")
    for count in (1, COUNT):
        with made.pipeline.evaluating():
            output = made.pipeline(batch_of(made, count).input)
        check_fields(made.pipeline.definition.Output, output, made.pipeline.definition.sizes() | {"batch": count}, name)


@pytest.mark.parametrize("name", NETWORKS)
def test_output_depends_on_its_own_sample_alone(name: str) -> None:
    made = model(f"network={name}").eval()
    preprocessed = made.pipeline.preprocess(batch_of(made, 4).input)
    fields = [field.detach().requires_grad_() for field in preprocessed if field.is_floating_point()]
    assert fields
    output = made.pipeline.network(**dict(zip(made.pipeline.fields, fields, strict=True)))
    first = output if isinstance(output, Tensor) else torch.cat([value.flatten(1) for value in output.values()], 1)
    for gradient in torch.autograd.grad(first[0].sum(), fields):
        assert gradient[0].abs().sum() > 0, "the first sample's prediction ignores its input"
        assert gradient[1:].abs().max() == 0, "the first sample's prediction depends on another sample"


@pytest.mark.parametrize("name", NETWORKS)
def test_evaluation_is_deterministic_for_any_batch_size(name: str) -> None:
    made = model(f"network={name}")
    batch = batch_of(made)
    with made.pipeline.evaluating():
        whole, again = (together(made.pipeline(batch.input)) for _ in range(2))
        alone = torch.cat([together(made.pipeline(part(batch.input, slice(i, i + 1)))) for i in range(COUNT)])
    assert torch.equal(whole, again), "two evaluations differ"
    assert torch.allclose(whole, alone, rtol=1e-3, atol=1e-4), "the batch size changes the prediction"


@pytest.mark.parametrize("name", NETWORKS)
def test_training_differs_only_by_dropout_and_normalization(name: str) -> None:
    made = model(f"network={name}")
    differing = (nn.modules.dropout._DropoutNd, nn.modules.batchnorm._NormBase)
    if name == "timm" or any(isinstance(module, differing) for module in made.pipeline.network.modules()):
        assert not torch.equal(*(together(made.train(mode).pipeline(batch_of(made).input)) for mode in (True, False)))
        return
    results = [together(made.train(mode).pipeline(batch_of(made).input)) for mode in (True, False)]
    assert torch.equal(*results), "training differs from evaluation without a layer of dropout or normalization"


@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_reach_every_parameter(name: str) -> None:
    made = model(f"network={name}")
    batch = batch_of(made)
    optimizer = torch.optim.SGD(made.parameters(), lr=0.1)
    unreached = dict(made.pipeline.network.named_parameters())
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


@pytest.mark.parametrize("name", NETWORKS)
def test_only_frozen_parameters_get_no_gradient(name: str) -> None:
    (first, _), *rest = model(f"network={name}").pipeline.network.named_parameters()
    made = model(f"network={name}", f"network_options.freeze=[{first}]")
    batch = batch_of(made)
    loss_of(made, made.pipeline(batch.input), batch).total.mean().backward()
    without = [key for key, parameter in made.pipeline.network.named_parameters() if parameter.grad is None]
    assert without == [first]
    assert rest


@pytest.mark.parametrize("name", NETWORKS)
def test_activation_checkpointing_gives_equal_gradients(name: str) -> None:
    batch, gradients = None, []
    for words in ([], ["network_options.activation_checkpointing=true"]):
        made = model(f"network={name}", *words)
        batch = batch or batch_of(made)
        torch.manual_seed(1)  # dropout
        loss_of(made, made.pipeline(batch.input), batch).total.mean().backward()
        gradients.append({key: parameter.grad for key, parameter in made.pipeline.network.named_parameters()})
    for (key, once), twice in zip(gradients[0].items(), gradients[1].values(), strict=True):
        assert once is not None
        assert twice is not None
        assert torch.allclose(once, twice, rtol=1e-4, atol=1e-6), key


@pytest.mark.parametrize("name", NETWORKS)
def test_accumulated_gradients_equal_those_of_the_large_batch(name: str) -> None:
    made = model(f"network={name}").eval()  # without statistics of the batch and dropout
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


@pytest.mark.parametrize("name", NETWORKS)
def test_saved_network_gives_the_same_output(name: str, tmp_path: Any) -> None:
    # The file does not keep the memory format: the last digits would differ.
    made = model(f"network={name}", "network_options.channels_last=false")
    batch = batch_of(made)
    for _ in range(2):
        made.pipeline(batch.input)  # running statistics move
    torch.save([pack(made.pipeline), made.pipeline.state_dict()], tmp_path / "x.pt")
    data, state = torch.load(tmp_path / "x.pt", weights_only=True)
    torch.manual_seed(1)
    again = unpack(data)
    again.load_state_dict(state)
    predictions = [together(pipeline.eval()(batch.input)) for pipeline in (made.pipeline, again)]
    assert torch.equal(*predictions), "a part of the state is not saved"


@pytest.mark.parametrize("name", NETWORKS)
def test_network_runs_in_bfloat16(name: str) -> None:
    made = model(f"network={name}")
    batch = batch_of(made)
    with torch.autocast("cpu", torch.bfloat16):
        total = loss_of(made, made.pipeline(batch.input), batch).total
    total.float().mean().backward()
    assert total.isfinite().all()


PAIRS = [(network, loss) for loss in options("loss") for network in options("network") if network not in BIG]


@pytest.mark.parametrize(("network", "loss"), PAIRS)
def test_initial_loss_is_near_that_of_zeros(network: str, loss: str) -> None:
    made = model(f"network={network}", f"loss={loss}")
    batch = batch_of(made, 64)
    with torch.no_grad():
        output = made.pipeline(batch.input)
        nothing = type(output)(*(torch.zeros_like(field) for field in output))
        found, expected = (loss_of(made, each, batch).total.mean().item() for each in (output, nothing))
    assert 0.4 * expected < found < 2.5 * expected, (
        f"the initial loss is {found:.3g}, that of an output of zeros {expected:.3g}"
    )


@pytest.mark.parametrize("network", NETWORKS)
def test_network_overfits_ten_samples(network: str) -> None:
    overfit_ten_samples(f"network={network}")


@pytest.mark.parametrize("loss", options("loss"))
def test_every_loss_overfits_ten_samples(loss: str) -> None:
    overfit_ten_samples(f"loss={loss}")


@pytest.mark.slow
@pytest.mark.parametrize(("network", "loss"), PAIRS)
def test_every_pair_overfits_ten_samples(network: str, loss: str) -> None:
    overfit_ten_samples(f"network={network}", f"loss={loss}")


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


def lowest_loss(made: Supervised, batch: Batch) -> float:
    """Lowest loss of outputs that are optimized directly: not 0 with smoothed labels, for example."""
    with torch.no_grad():
        output = made.pipeline(batch.input)
    free = type(output)(*(torch.zeros_like(field).requires_grad_() for field in output))
    optimizer = torch.optim.Adam(list(free), lr=0.1)
    for _ in range(300):
        optimizer.zero_grad()
        loss = loss_of(made, free, batch).total.mean()
        loss.backward()
        optimizer.step()
    return loss.item()


@pytest.mark.parametrize("name", options("loss"))
def test_loss_gives_one_independent_value_per_sample(name: str) -> None:
    made = model(f"loss={name}")
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


@pytest.mark.parametrize("name", options("loss"))
def test_loss_falls_along_its_gradient(name: str) -> None:
    made = model(f"loss={name}")
    batch = batch_of(made, 6)
    with torch.no_grad():
        output = made.pipeline(batch.input)
    fields = [field.clone().requires_grad_() for field in output]
    total = made.loss(type(output)(*fields), batch.target).total.sum()
    assert total.requires_grad, "the loss has no gradient"
    gradients = torch.autograd.grad(total, fields)
    moved = [field - 1e-2 * gradient for field, gradient in zip(fields, gradients, strict=True)]
    after = made.loss(type(output)(*moved), batch.target).total.sum()
    assert after.isfinite()
    assert after < total, "a step along the gradient does not lower the loss"
