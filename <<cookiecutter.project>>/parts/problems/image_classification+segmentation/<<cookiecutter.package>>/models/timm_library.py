"""Models of timm (PyTorch Image Models), with errors that say what to do."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from torch import nn

from ..engine.core.errors import InputError, first_line

FROM_FILE = "name a file of them in arguments: {pretrained_cfg_overlay: {file: <file>}}"


def library() -> Any:
    """The module timm.

    Raises:
        InputError: it is not installed.
    """
    try:
        import timm
    except ImportError as error:
        raise InputError("Timm needs the package timm, which is not installed: uv sync --group timm.") from error
    return timm


def check_name(name: str) -> None:
    """Check that timm has a model: another name, a path or an address, would be downloaded.

    Raises:
        InputError: it has none of this name.
    """
    names = [*library().list_models(), *library().list_pretrained()]
    if name not in names:
        near = get_close_matches(name, names, 3)
        hint = f"did you mean {' or '.join(near)}?" if near else "timm.list_models() has them all."
        raise InputError(f"name = {name}: timm has no such model, {hint}")


def create(name: str, pretrained: bool, arguments: Mapping[str, Any]) -> nn.Module:
    """Create a model.

    Raises:
        InputError: it does not take the arguments, or its weights are out of reach.
    """
    try:
        model: nn.Module = library().create_model(name, pretrained=pretrained, **arguments)
    except Exception as error:  # of any class, depending on the model
        failure = f"with {dict(arguments)} ({first_line(error)})"
        if not pretrained:
            raise InputError(f"{name} cannot be created {failure}.") from error
        raise InputError(
            f"pretrained weights of {name} are unavailable {failure}: {FROM_FILE}, or use pretrained=false."
        ) from error
    return model
