"""Frozen parameters, and the running statistics that belong to them."""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from pytorch_lightning import Callback, LightningModule, Trainer
from torch import nn

from ..core.errors import InputError


def freeze(network: nn.Module, expressions: Sequence[str]) -> None:
    """Freeze the parameters whose full name matches one of the regular expressions, such as `features\\..*`.

    Raises:
        InputError: an expression is invalid or matches no name (names the nearest), or no trainable parameter remains.
    """
    named = dict(network.named_parameters())
    for expression in expressions:
        for name in matching(expression, list(named), "freeze"):
            named[name].requires_grad_(False)
    if expressions and not any(parameter.requires_grad for parameter in named.values()):
        raise InputError(f"freeze = {list(expressions)} leaves no trainable parameter: name fewer parameters.")


def matching(expression: str, names: Sequence[str], argument: str) -> list[str]:
    """Names that the regular expression matches in full; errors name `argument`.

    Raises:
        InputError: the expression is invalid or matches no name.
    """
    try:
        matches = [name for name in names if re.fullmatch(expression, name)]
    except re.error as error:
        raise InputError(f"{argument}: {expression} is not a regular expression ({error}).") from error
    if not matches:
        nearest = get_close_matches(expression, names, 3, cutoff=0.0)
        raise InputError(f"{argument}: {expression} matches no name, the nearest are {', '.join(nearest)}.")
    return matches


def norms(module: nn.Module) -> Iterator[nn.Module]:
    """Layers with running statistics: BatchNorm, and InstanceNorm that tracks them."""
    return (layer for layer in module.modules() if getattr(layer, "running_mean", None) is not None)


def frozen_norms(module: nn.Module) -> list[nn.Module]:
    """Layers of `norms` with parameters, all of them frozen."""
    return [norm for norm in norms(module) if _is_frozen(norm)]


def _is_frozen(module: nn.Module) -> bool:
    parameters = list(module.parameters())
    return bool(parameters) and not any(parameter.requires_grad for parameter in parameters)


class FreezeBatchNorm(Callback):
    """Keep BatchNorm layers without trainable parameters in eval mode."""

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        for norm in frozen_norms(pl_module):
            norm.eval()

    on_train_start = on_train_epoch_start  # a run that is resumed within an epoch does not start one
