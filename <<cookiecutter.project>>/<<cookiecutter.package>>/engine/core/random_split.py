"""Random splits of indices, stratified and reproducible."""

from collections.abc import Sequence

import torch
from torch import Tensor

from .errors import InputError
from .seeds import derive_seed


def random_split(
    count: int, fraction: float, seed: int, strata: Sequence[int] | None = None
) -> tuple[list[int], list[int]]:
    """Split the indices 0 … `count` - 1 into two sorted lists: the rest, and a `fraction`.

    With `strata` (one number per index), every stratum of two or more samples is split by the fraction, rounded to the
    nearest sample, at least one on each side.

    Raises:
        InputError: one of the lists would be empty.
    """
    selected = []
    for members in _shuffled_strata(count, seed, strata):
        size = round(len(members) * fraction)
        selected.append(members[: min(max(size, 1), len(members) - 1)])
    return _complement(count, selected, f"a part of {fraction}")


def fold_split(
    count: int, folds: int, fold: int, seed: int, strata: Sequence[int] | None = None
) -> tuple[list[int], list[int]]:
    """Split the indices 0 … `count` - 1 for cross-validation into two sorted lists: the rest, and fold number `fold`.

    The folds are disjoint, cover all indices, and have the same size to within one sample in each stratum.

    Raises:
        InputError: `fold` is not below `folds`, or there are too few samples.
    """
    if fold >= folds:
        raise InputError(f"fold = {fold}: expected one of 0 to {folds - 1}, for folds = {folds}.")
    groups = _shuffled_strata(count, seed, strata)
    # Each stratum starts at the fold after the last of the stratum before it: small strata do not all favour fold 0.
    starts = [sum(len(group) for group in groups[:number]) for number in range(len(groups))]
    selected = [group[(fold - start) % folds :: folds] for group, start in zip(groups, starts, strict=True)]
    return _complement(count, selected, f"one of {folds} folds")


def _shuffled_strata(count: int, seed: int, strata: Sequence[int] | None) -> list[Tensor]:
    groups = torch.zeros(count, dtype=torch.long) if strata is None else torch.as_tensor(strata)
    order = torch.randperm(count, generator=torch.Generator().manual_seed(derive_seed(seed, "split")))
    return [order[groups[order] == group] for group in groups.unique()]


def _complement(count: int, selected: Sequence[Tensor], title: str) -> tuple[list[int], list[int]]:
    """The indices that are not selected, and those that are."""
    inside = torch.cat(list(selected)).sort().values.tolist() if selected else []
    outside = sorted(set(range(count)) - set(inside))
    if not outside or not inside:
        raise InputError(f"{title} cannot be split off from {count} samples: more samples are needed.")
    return outside, inside
