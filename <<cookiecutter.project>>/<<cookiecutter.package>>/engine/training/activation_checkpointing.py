"""Activations that are computed twice instead of kept: less memory, more time, the same gradients."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache, partial
from itertools import pairwise
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _NormBase
from torch.utils.checkpoint import checkpoint

from ..core.errors import InputError


def checkpoint_blocks(network: nn.Module) -> None:
    """Let each block of the network keep its input only, and compute the rest anew for its gradients.

    A block is a module with layers inside (a residual block, a layer of a transformer) that stands in no other block;
    a `Sequential` of plain layers is cut into about as many pieces as the square root of its layers with parameters.
    Names of parameters stay, as do the running statistics, which only the first computation moves.

    Raises:
        InputError: the network has no such block.
    """
    found = list(blocks(network))
    if not found:
        raise InputError(
            f"model.activation_checkpointing: {type(network).__name__} has no block whose activations can be "
            "recomputed: put its layers into nn.Sequential."
        )
    for block in found:
        block.__class__ = _recomputed(type(block))  # type: ignore[arg-type]


def blocks(module: nn.Module) -> Iterator[nn.Module]:
    """The outermost modules with layers inside of which none is a list of such modules."""
    if isinstance(module, nn.Sequential) and not _lists_blocks(module):
        yield module
        return
    for child in module.children():
        if any(_lists_blocks(inner) for inner in child.modules()):
            yield from blocks(child)
        elif _is_block(child):
            yield child


def _is_block(module: nn.Module) -> bool:
    return any(True for _ in module.children()) and any(True for _ in module.parameters())


def _lists_blocks(module: nn.Module) -> bool:
    return isinstance(module, nn.Sequential | nn.ModuleList) and any(map(_is_block, module.children()))


@cache
def _recomputed(kind: Any) -> Any:
    def forward(self: nn.Module, *given: Any, **named: Any) -> Any:
        if not torch.is_grad_enabled():
            return kind.forward(self, *given, **named)
        if kind is nn.Sequential:
            (value,) = given
            for piece in _pieces(list(self)):  # type: ignore[call-overload]
                value = _checkpoint(partial(_chain, piece), piece, value)
            return value
        return _checkpoint(partial(kind.forward, self), [self], *given, **named)

    # A subclass and not a replaced method: a copy of the network (EMA has one) must not call the original.
    return type(kind.__name__, (kind,), {"forward": forward, "__module__": kind.__module__})


def _pieces(layers: list[nn.Module]) -> list[list[nn.Module]]:
    """Each begins at a layer with parameters: others may work in place, on what the piece before has kept."""
    starts = [place for place, layer in enumerate(layers) if any(True for _ in layer.parameters())]
    step = -(-len(starts) // max(1, round(len(starts) ** 0.5))) or 1
    cuts = [0, *starts[step::step], len(layers)]
    return [layers[first:last] for first, last in pairwise(cuts)]


def _chain(layers: list[nn.Module], value: Any) -> Any:
    for layer in layers:
        value = layer(value)
    return value


def _checkpoint(function: Any, modules: list[nn.Module], *given: Any, **named: Any) -> Any:
    def contexts() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        return nullcontext(), _statistics_stand_still(modules)

    return checkpoint(function, *given, use_reentrant=False, context_fn=contexts, **named)


@contextmanager
def _statistics_stand_still(modules: list[nn.Module]) -> Iterator[None]:
    norms = [inner for module in modules for inner in module.modules() if isinstance(inner, _NormBase)]
    kept = [(norm, name, value) for norm in norms for name, value in norm.named_buffers(recurse=False)]
    for norm, name, value in kept:
        setattr(norm, name, value.clone())  # this copy moves, and is thrown away
    try:
        yield
    finally:
        for norm, name, value in kept:
            setattr(norm, name, value)
