"""Carving one part from a list of samples, by chance but always the same."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ..errors import InputError
from .order import key


def carve(count: int, fraction: float, seed: int, strata: Sequence[int] | None = None) -> tuple[list[int], list[int]]:
    """Places 0 … `count` - 1 in two sorted lists: what is left, and the `fraction` that was carved out.

    With `strata` (a number for each place), every stratum of two or more keeps its share, to the nearest sample and at
    least one.

    Raises:
        InputError: nothing would be left, or nothing carved.
    """
    groups = torch.zeros(count, dtype=torch.long) if strata is None else torch.as_tensor(strata)
    generator = torch.Generator().manual_seed(key(seed, "split"))
    order = torch.randperm(count, generator=generator)
    carved: list[Tensor] = []
    for group in groups.unique():
        members = order[groups[order] == group]
        size = round(len(members) * fraction)
        carved.append(members[: min(max(size, 1), len(members) - 1)])
    out = torch.cat(carved).sort().values.tolist() if carved else []
    left = sorted(set(range(count)) - set(out))
    if not left or not out:
        raise InputError(f"A part of {fraction} cannot be carved from {count} samples: at least 2 are needed.")
    return left, out
