"""Learning rates that fall from the head of a network to its first layers, for fine-tuning."""

import logging
from collections.abc import Iterator

from torch import nn

from ..core.errors import InputError
from .activation_checkpointing import is_block, lists_blocks

log = logging.getLogger(__name__)


def layer_factors(network: nn.Module, decay: float) -> dict[nn.Parameter, float]:
    """Factor decay^(n + 1 - i) of the learning rate of each parameter, i its depth in a network of n blocks.

    Blocks are the modules with child modules in a `ModuleList` or `Sequential` that contains no other such list: the
    residual blocks of all stages, the layers of a transformer. In the order of `network.parameters()`, a parameter
    before the first block (embedding, stem) has the depth 0, one between two blocks that of the block before, and one
    after the last block (head) the depth n + 1. (Clark et al., ELECTRA, 2020; Howard and Ruder, ULMFiT, 2018)

    Raises:
        InputError: the network has no block.
    """
    depths = {parameter: depth for depth, block in enumerate(_blocks(network), 1) for parameter in block.parameters()}
    if not depths:
        raise InputError(
            f"layer_decay = {decay:g} needs blocks, and {type(network).__name__} has no nn.ModuleList or nn.Sequential "
            "of modules with child modules: use layer_decay = 1."
        )
    count, depth, factors = max(depths.values()), 0, {}
    for parameter in network.parameters():
        after_last = count + 1 if depth >= count else depth
        depth = depths.get(parameter, after_last)
        factors[parameter] = decay ** (count + 1 - depth)
    log.info("layer_decay: %d blocks, factors of the learning rate from %.3g to 1", count, min(factors.values()))
    return factors


def _blocks(network: nn.Module) -> Iterator[nn.Module]:
    lists = [module for module in network.modules() if lists_blocks(module)]
    for module in lists:
        if not any(inner in lists for inner in module.modules() if inner is not module):
            yield from filter(is_block, module.children())
