"""Options of a network in training: frozen parameters, memory format, activation checkpointing, compilation."""

from collections.abc import Sequence

import torch
from torch import nn

from ..core.errors import InputError
from .activation_checkpointing import checkpoint_blocks
from .freezing import freeze as freeze_parameters


def prepare_network(
    network: nn.Module,
    freeze: Sequence[str] = (),
    channels_last: bool = False,
    activation_checkpointing: bool = False,
    compile: bool = False,
) -> None:
    """Change a network in place for training; checkpoints do not contain these options.

    `freeze`: regular expressions for full names of parameters. BatchNorm layers whose parameters are all frozen keep
    their running statistics. `channels_last`: memory format of convolution weights, and thereby of their outputs.
    `activation_checkpointing`: blocks keep their inputs only and are computed a second time in the backward pass.
    `compile`: torch.compile.

    Raises:
        InputError: an expression matches no name, no trainable parameter remains, the network has no block to
            checkpoint, or `compile` and `activation_checkpointing` are combined.
    """
    freeze_parameters(network, freeze)
    if compile and activation_checkpointing:
        raise InputError("compile and activation_checkpointing cannot work together: choose one.")
    if channels_last:
        network.to(memory_format=torch.channels_last)
    if activation_checkpointing:
        checkpoint_blocks(network)
    if compile:
        network.compile()
