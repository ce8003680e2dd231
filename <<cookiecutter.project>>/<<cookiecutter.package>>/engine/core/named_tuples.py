"""Named tuples of tensors: input, target, output and prediction of a batch."""

from collections.abc import Callable
from typing import Any, TypeVar

from torch import Tensor

Fields = tuple[Tensor, ...]
T = TypeVar("T", bound=tuple[Any, ...])


def map_fields(function: Callable[..., Any], *tuples: T) -> T:
    """Apply `function` field by field to named tuples of one type."""
    return type(tuples[0])(*map(function, *tuples))
