"""Parameters that training leaves as they are."""

import re
from collections.abc import Sequence
from difflib import get_close_matches

from torch import nn
from torch.nn.modules.batchnorm import _NormBase

from ..core.errors import InputError


def freeze(network: nn.Module, expressions: Sequence[str]) -> list[nn.Module]:
    """Freeze the parameters whose whole name an expression matches, as in `features\\..*`.

    Returns the normalisations whose parameters are all frozen: their running statistics must stand still too, so they
    belong into evaluation mode. Dropout has no parameters, is named by no expression and goes on.

    Raises:
        InputError: an expression is none, or matches no name; offers the nearest.
    """
    named = dict(network.named_parameters())
    for expression in expressions:
        found = matching(expression, list(named), "model.freeze")
        for name in found:
            named[name].requires_grad_(False)
    return [module for module in network.modules() if isinstance(module, _NormBase) and _is_frozen(module)]


def _is_frozen(module: nn.Module) -> bool:
    own = list(module.parameters())
    return bool(own) and not any(parameter.requires_grad for parameter in own)


def matching(expression: str, names: Sequence[str], key: str) -> list[str]:
    """The names that the regular expression matches as a whole; `key` is where it stands in the config.

    Raises:
        InputError: it is no expression, or matches none.
    """
    try:
        found = [name for name in names if re.fullmatch(expression, name)]
    except re.error as error:
        raise InputError(f"{key}: {expression} is no regular expression ({error}).") from error
    if not found:
        near = get_close_matches(expression, names, 3, cutoff=0.0)
        raise InputError(f"{key}: {expression} matches no name, the nearest are {', '.join(near)}.")
    return found
