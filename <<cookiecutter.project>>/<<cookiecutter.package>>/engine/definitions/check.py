"""Check of batches and predictions against the field annotations of their definition."""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NamedTuple, get_args, get_origin

import torch
from annotated_types import Ge, Gt, Le, Lt
from jaxtyping import Float, jaxtyped
from torch import Tensor

from ..core.errors import InputError
from ..core.ranges import Limit, as_text, bound, limits
from .definition import Batch, Definition
from .markers import Fill, Length, hints_of, marked

FINITE = (Gt(-math.inf), Lt(math.inf))  # any number, but neither infinite nor NaN


class FieldError(InputError):
    """A field that its definition does not allow; `row`: the first sample with a value outside the range."""

    field = ""
    row: int | None = None


def check_batch(definition: Definition, batch: Batch, source: str) -> None:
    """Check input and target of a batch from `source` (its name is used in the message).

    Raises:
        InputError: names the field, and the expected and the actual shape, dtype or range.
    """
    sizes = definition.sizes() | {"batch": len(batch.id)}
    check_fields(definition.Input, batch.input, sizes, source)
    check_fields(definition.Target, batch.target, sizes, source)


def check_fields(tuple_type: type[NamedTuple], value: object, sizes: Mapping[str, int], source: str) -> None:
    """Check the named tuple `value` against the annotations of `tuple_type`, with the axes of `sizes` fixed."""
    if not isinstance(value, tuple_type):
        raise InputError(f"{source} gives {type(value).__name__}, expected {tuple_type.__name__}.")
    lengths, fills = marked(tuple_type, Length), marked(tuple_type, Fill)
    for field, tensor in value._asdict().items():
        hint, ranges = split_hint(hints_of(tuple_type)[field])
        where = f"{source}: field '{field}' of {tuple_type.__name__}"
        try:
            _check_form(hint, tensor, sizes, where)
            if field in lengths:
                longest = getattr(value, lengths[field].of).shape[1]
                ranges, where = [Ge(0), Le(longest)], f"{where}, length of '{lengths[field].of}',"
            _check_range(ranges or FINITE, _without(tensor, fills.get(field)), sizes, where)
        except FieldError as error:
            error.field = field
            raise


def axes(tuple_type: type[NamedTuple], field: str) -> list[str]:
    """Names of the axes of a field, `batch` first.

    Raises:
        InputError: there is no such field.
    """
    if field not in tuple_type._fields:
        raise InputError(
            f"{tuple_type.__name__} has no field '{field}': expected one of {', '.join(tuple_type._fields)}."
        )
    form, _ = split_hint(hints_of(tuple_type)[field])
    names: list[str] = form.dim_str.split()
    return names


def split_hint(hint: Any) -> tuple[Any, list[Limit]]:
    """The jaxtyping form of an annotation, and its ranges."""
    if get_origin(hint) is not Annotated:
        return hint, []
    inner, *extras = get_args(hint)
    return inner, list(limits(extras))


def _without(tensor: Tensor, fill: Fill | None) -> Tensor:
    """The tensor with fill values replaced by one of its other values, so that they are inside of its range."""
    if fill is None:
        return tensor
    filled = tensor == fill.value
    if filled.all():
        return tensor[:0]
    return tensor.masked_fill(filled, tensor[~filled][0]) if filled.any() else tensor


def _check_form(hint: Any, tensor: object, sizes: Mapping[str, int], where: str) -> None:
    # A meta tensor binds the axis names of this context to the sizes that the data decided.
    facts: Any = Float[Tensor, " ".join(sizes)]
    with jaxtyped("context"):
        fits = isinstance(torch.empty(tuple(sizes.values()), device="meta"), facts) and isinstance(tensor, hint)
    if not fits:
        known = ", ".join(f"{name}={size}" for name, size in sizes.items() if name in hint.dim_str.split())
        actual = f"{list(tensor.shape)} {tensor.dtype}" if isinstance(tensor, Tensor) else type(tensor).__name__
        raise FieldError(f"{where} is {actual}, expected {hint.__name__} with {known}.")


def _check_range(ranges: Sequence[Limit], tensor: Tensor, sizes: Mapping[str, int], where: str) -> None:
    ranges = [limit for limit in ranges if not _holds_always(limit, tensor.dtype)]
    if not tensor.numel() or not ranges:
        return
    smallest, largest = (value.item() for value in tensor.aminmax())
    if not all(_inside(limit, smallest, largest, sizes) for limit in ranges):
        axes = {bound(limit): sizes[bound(limit)] for limit in ranges if isinstance(bound(limit), str)}
        named = "".join(f" (here {size})" for size in axes.values())
        values = f"values from {smallest} to {largest}"
        if isinstance(smallest, float) and math.isnan(smallest):
            values = f"{int(tensor.isnan().sum())} values that are no number (NaN)"
        error = FieldError(f"{where} has {values}, expected {as_text(ranges)}{named}.")
        ends = ([value.item() for value in row.aminmax()] for row in tensor)
        outside = (not all(_inside(limit, low, high, sizes) for limit in ranges) for low, high in ends)
        error.row = next((row for row, is_outside in enumerate(outside) if is_outside), None)
        raise error


def _inside(limit: Limit, smallest: float, largest: float, sizes: Mapping[str, int]) -> bool:
    """NaN compares false, so it is outside of every range."""
    value = bound(limit)
    value = sizes[value] if isinstance(value, str) else value
    match limit:
        case Ge():
            return bool(smallest >= value)
        case Gt():
            return bool(smallest > value)
        case Le():
            return bool(largest <= value)
    return bool(largest < value)


def _holds_always(limit: Limit, dtype: torch.dtype) -> bool:
    """Whether every value of an integer dtype is within the limit, as any uint8 is from 0 to 255."""
    if dtype.is_floating_point or dtype.is_complex or dtype == torch.bool or isinstance(bound(limit), str):
        return False
    return _inside(limit, torch.iinfo(dtype).min, torch.iinfo(dtype).max, {})
