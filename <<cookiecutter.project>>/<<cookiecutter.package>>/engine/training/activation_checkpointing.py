"""Activation checkpointing: activations are computed twice instead of kept. Less memory, more time, equal gradients."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from itertools import pairwise
from types import MethodType
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ..core.errors import InputError
from .freezing import norms


def checkpoint_blocks(network: nn.Module) -> None:
    """Let each block of the network keep its input only, and recompute its activations in the backward pass.

    A block is a module with child modules (a residual block, a transformer layer) that is not inside another block. A
    `Sequential` of plain layers is cut into about sqrt(n) segments, n being its number of layers with parameters. Names
    of parameters stay the same; running statistics are updated once, in the forward pass.

    Raises:
        InputError: the network has no such block.
    """
    modules = list(blocks(network))
    if not modules:
        raise InputError(
            f"activation_checkpointing: {type(network).__name__} has no block whose activations can be recomputed: put "
            "its layers into nn.Sequential."
        )
    for module in modules:
        # A bound method: deepcopy (of EMA, for example) binds it to the copy, and the class stays as it is.
        module.forward = MethodType(_recomputing_forward, module)


def blocks(module: nn.Module) -> Iterator[nn.Module]:
    """Outermost modules that have child modules and contain no list of such modules."""
    if isinstance(module, nn.Sequential) and not lists_blocks(module):
        yield module
        return
    for child in module.children():
        if any(lists_blocks(inner) for inner in child.modules()):
            yield from blocks(child)
        elif is_block(child):
            yield child


def is_block(module: nn.Module) -> bool:
    """Whether a module has child modules and parameters."""
    return _has_any(module.children()) and _has_any(module.parameters())


def _has_any(items: Iterator[object]) -> bool:
    return next(items, None) is not None


def lists_blocks(module: nn.Module) -> bool:
    """Whether a module is a `Sequential` or `ModuleList` with a block."""
    return isinstance(module, nn.Sequential | nn.ModuleList) and any(map(is_block, module.children()))


def _recomputing_forward(self: nn.Module, *args: Any, **kwargs: Any) -> Any:
    forward = partial(type(self).forward, self)
    if not torch.is_grad_enabled():
        return forward(*args, **kwargs)
    if type(self) is not nn.Sequential:
        return _checkpoint(forward, [self], *args, **kwargs)
    (value,) = args
    for segment in segments(list(self)):
        value = _checkpoint(partial(_chain, segment), segment, value)
    return value


def segments(layers: Sequence[nn.Module]) -> list[Sequence[nn.Module]]:
    """Cut layers into segments that begin with a layer with parameters.

    Other layers may modify in place the tensor that the segment before them keeps.
    """
    starts = [index for index, layer in enumerate(layers) if _has_any(layer.parameters())]
    step = -(-len(starts) // max(1, round(len(starts) ** 0.5))) or 1
    cuts = [0, *starts[step::step], len(layers)]
    return [layers[start:end] for start, end in pairwise(cuts)]


def _chain(layers: Sequence[nn.Module], value: Tensor) -> Tensor:
    for layer in layers:
        value = layer(value)
    return value


def _checkpoint(function: Callable[..., Any], modules: Sequence[nn.Module], *args: Any, **kwargs: Any) -> Any:
    def contexts() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        return nullcontext(), _restored_statistics(modules)

    return checkpoint(function, *args, use_reentrant=False, context_fn=contexts, **kwargs)


@contextmanager
def _restored_statistics(modules: Sequence[nn.Module]) -> Iterator[None]:
    """Let copies of the running statistics be updated, and put the originals back."""
    layers = [norm for module in modules for norm in norms(module)]
    buffers = [(norm, name, buffer) for norm in layers for name, buffer in norm.named_buffers(recurse=False)]
    for norm, name, buffer in buffers:
        setattr(norm, name, buffer.clone())
    try:
        yield
    finally:
        for norm, name, buffer in buffers:
            setattr(norm, name, buffer)
