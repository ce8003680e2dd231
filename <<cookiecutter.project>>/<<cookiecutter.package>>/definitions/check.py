"""Does a batch, or a prediction, keep what its definition promises?"""

import math
from collections.abc import Mapping
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import torch
from jaxtyping import Float, jaxtyped
from torch import Tensor

from ..errors import InputError
from ..ranges import Range
from .definition import Batch, Definition

FINITE = Range(above=-math.inf, below=math.inf)  # any number, but neither infinite nor NaN


def check_batch(definition: Definition, batch: Batch, source: str) -> None:
    """Check input and target of a batch from `source` (its name is used in the message).

    Raises:
        InputError: names the field, and the shape, dtype or range that was expected and found.
    """
    sizes = definition.sizes() | {"batch": len(batch.id)}
    check_fields(definition.Input, batch.input, sizes, source)
    check_fields(definition.Target, batch.target, sizes, source)


def check_fields(kind: type[Any], value: Any, sizes: Mapping[str, int], source: str) -> None:
    """Check the named tuple `value` against the annotations of its `kind`, with the axes of `sizes` fixed."""
    if not isinstance(value, kind):
        raise InputError(f"{source} gives {type(value).__name__}, expected {kind.__name__}.")
    hints = get_type_hints(kind, include_extras=True)
    for field, tensor in value._asdict().items():
        hint, limits = split_hint(hints[field])
        where = f"{source}: field '{field}' of {kind.__name__}"
        _check_form(hint, tensor, sizes, where)
        for limit in limits or [FINITE]:
            _check_range(limit, tensor, sizes, where)


def axes(kind: type[Any], field: str) -> list[str]:
    """Names of the axes of a field, `batch` first."""
    names: list[str] = get_type_hints(kind)[field].dim_str.split()
    return names


def split_hint(hint: Any) -> tuple[Any, list[Range]]:
    """The jaxtyping form of an annotation, and its ranges."""
    if get_origin(hint) is not Annotated:
        return hint, []
    inner, *extras = get_args(hint)
    return inner, [extra for extra in extras if isinstance(extra, Range)]


def _check_form(hint: Any, tensor: Any, sizes: Mapping[str, int], where: str) -> None:
    # A meta tensor binds the axis names of this context to the sizes that the data decided.
    facts: Any = Float[Tensor, " ".join(sizes)]
    with jaxtyped("context"):
        fits = isinstance(torch.empty(tuple(sizes.values()), device="meta"), facts) and isinstance(tensor, hint)
    if not fits:
        known = ", ".join(f"{name}={size}" for name, size in sizes.items() if name in hint.dim_str.split())
        found = f"{list(tensor.shape)} {tensor.dtype}" if isinstance(tensor, Tensor) else type(tensor).__name__
        raise InputError(f"{where} is {found}, expected {hint.__name__} with {known}.")


def _check_range(limit: Range, tensor: Tensor, sizes: Mapping[str, int], where: str) -> None:
    if not tensor.numel() or _holds_always(limit, tensor.dtype):
        return
    below = sizes[limit.below] if isinstance(limit.below, str) else limit.below
    smallest, largest = (bound.item() for bound in tensor.aminmax())
    inside = (
        (limit.low is None or smallest >= limit.low)
        and (limit.above is None or smallest > limit.above)
        and (limit.high is None or largest <= limit.high)
        and (below is None or largest < below)
    )
    if not inside:  # NaN compares false, so it is refused too
        named = f" (here {below})" if isinstance(limit.below, str) else ""
        raise InputError(f"{where} has values from {smallest} to {largest}, expected {limit}{named}.")


def _holds_always(limit: Range, dtype: torch.dtype) -> bool:
    """Whether every value of an integer dtype is in the range, as any uint8 is from 0 to 255."""
    if dtype.is_floating_point or dtype.is_complex or dtype == torch.bool or isinstance(limit.below, str):
        return False
    smallest, largest = torch.iinfo(dtype).min, torch.iinfo(dtype).max
    return (
        (limit.low is None or limit.low <= smallest)
        and (limit.above is None or limit.above < smallest)
        and (limit.high is None or limit.high >= largest)
        and (limit.below is None or limit.below > largest)
    )
