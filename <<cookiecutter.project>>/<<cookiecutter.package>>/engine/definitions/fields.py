"""Operations on all fields of named tuples."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import torch
from torch import Tensor

Fields = TypeVar("Fields", bound=NamedTuple)


def map_fields(function: Callable[..., Any], *tuples: Fields) -> Fields:
    """Apply `function` field by field to named tuples of one type."""
    return type(tuples[0])._make(map(function, *tuples))


def to_device(fields: Fields, device: torch.device) -> Fields:
    """Move the tensors of a named tuple, and of named tuples in it, to a device."""
    return map_fields(lambda field: _moved(field, device), fields)


def _moved(field: Any, device: torch.device) -> Any:
    if isinstance(field, Tensor):
        return field.detach().to(device, non_blocking=device.type == "cuda")
    return to_device(field, device) if hasattr(field, "_fields") else field
