"""Recomputed activations change no gradient, and take less memory."""

from copy import deepcopy

import torch
from torch import Tensor, nn

from my_project.engine.training.activation_checkpointing import checkpoint_blocks, segments
from network_options import fresh


def kept_bytes(network: nn.Module, x: Tensor) -> int:
    """Size of what a forward pass keeps for its gradients, parameters aside."""
    own = {parameter.data_ptr() for parameter in network.parameters()}
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        if tensor.data_ptr() not in own:
            kept[tensor.data_ptr()] = tensor.nbytes
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        output = network(x)
    del output
    return sum(kept.values())


def test_recomputed_activations_give_the_same_gradients_and_statistics_for_less_memory() -> None:
    x = torch.randn(64, 8)
    plain, spared = fresh(), fresh()
    checkpoint_blocks(spared)
    for network in (plain, spared):
        for _ in range(2):
            torch.manual_seed(1)
            network(x).square().sum().backward()
    for one, two in zip(plain.parameters(), spared.parameters(), strict=True):
        assert one.grad is not None
        assert two.grad is not None
        assert torch.equal(one.grad, two.grad)
    other = spared.state_dict()
    assert list(other) == list(plain.state_dict())
    assert all(torch.equal(value, other[name]) for name, value in plain.state_dict().items())  # counters too: 2 each
    assert kept_bytes(spared, x) < 0.4 * kept_bytes(plain, x)


def test_segments_of_a_sequence_begin_with_a_layer_with_parameters() -> None:
    layers = list(fresh().body)
    found = segments(layers)
    assert [len(segment) for segment in found] == [9, 11, 9, 7]  # 5, 5, 5 and 3 layers with parameters
    assert [layer for segment in found for layer in segment] == layers
    assert all(list(segment[0].parameters()) for segment in found)


def test_a_copy_of_a_recomputing_network_is_its_own() -> None:
    network = fresh()
    checkpoint_blocks(network)
    copy = deepcopy(network)
    with torch.no_grad():
        for parameter in copy.parameters():
            parameter.zero_()
    assert not copy(torch.randn(4, 8)).any()
