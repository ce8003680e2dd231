"""Example batch, generated from a definition."""

from typing import Any

import torch
from annotated_types import Ge, Gt, Le, Lt
from torch import Tensor

from ..core.ranges import bound
from .check import axes, split_hint
from .definition import Batch, Definition
from .fields import Fields
from .markers import Length, Spatial, fill_of, hints_of, marked

SQUARE = 8  # pixels of a side of a region in a mask
FREE = 29  # size of an axis that the definition does not fix: a prime, which tracing takes for no other size


def example(definition: Definition, count: int, seed: int = 0) -> Batch:
    """Generate `count` samples of random values with the dtypes, axes and ranges of the definition's fields.

    Samples of a field with a `Length` have at least half of the typical length; the first has all of it.
    """
    generator = torch.Generator().manual_seed(seed)
    sizes = definition.typical_sizes() | definition.sizes() | {"batch": count}
    parts = [_fields(tuple_type, sizes, generator) for tuple_type in (definition.Input, definition.Target)]
    return Batch(torch.arange(count), torch.ones(count), *parts)


def _fields(tuple_type: type[Fields], sizes: dict[str, int], generator: torch.Generator) -> Fields:
    lengths = {length.of: field for field, length in marked(tuple_type, Length).items()}
    names = [field for field in tuple_type._fields if field not in lengths.values()]
    fields = {field: _values(hints_of(tuple_type)[field], sizes, generator) for field in names}
    masks = [field for field, spatial in marked(tuple_type, Spatial).items() if spatial.interpolation == "nearest"]
    fields |= {field: _regions(fields[field]) for field in masks}
    for of, length in lengths.items():
        longest = fields[of].shape[1]
        fields[length] = torch.randint((longest + 1) // 2, longest + 1, (sizes["batch"],), generator=generator)
        fields[length][0] = longest
        outside = torch.arange(longest) >= fields[length][:, None]
        for field in [name for name in names if axes(tuple_type, name)[1:2] == axes(tuple_type, of)[1:2]]:
            fields[field][outside] = fill_of(tuple_type, field)
    return tuple_type._make(fields[field] for field in tuple_type._fields)


def _regions(values: Tensor) -> Tensor:
    """Values (B, H, W) in squares of equal ones, as masks have regions."""
    height, width = values.shape[1:]
    coarse = values[:, : -(-height // SQUARE), : -(-width // SQUARE)]
    return coarse.repeat_interleave(SQUARE, 1).repeat_interleave(SQUARE, 2)[:, :height, :width].contiguous()


def _values(hint: Any, sizes: dict[str, int], generator: torch.Generator) -> Tensor:
    form, ranges = split_hint(hint)
    shape = [int(axis) if axis.isdecimal() else sizes.get(axis, FREE) for axis in form.dim_str.split()]
    dtype = torch.float32 if "float32" in form.dtypes else getattr(torch, form.dtypes[0])
    low = max((bound(limit) for limit in ranges if isinstance(limit, Ge | Gt)), default=None)
    highs = [bound(limit) for limit in ranges if isinstance(limit, Le)]
    for below in (bound(limit) for limit in ranges if isinstance(limit, Lt)):
        highs.append((sizes[below] if isinstance(below, str) else below) - 1)
    high = min(highs, default=None)
    if dtype.is_floating_point and low is None and high is None:
        return torch.randn(shape, generator=generator, dtype=dtype)
    low = 0 if low is None else low
    high = low + 1 if high is None else high
    if dtype.is_floating_point:
        return low + (high - low) * torch.rand(shape, generator=generator, dtype=dtype)
    return torch.randint(int(low), int(high) + 1, shape, generator=generator).to(dtype)
