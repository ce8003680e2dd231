"""Carving one part from a list of samples, by chance but always the same."""

from collections.abc import Sequence

import torch
from torch import Tensor

from .errors import InputError
from .seeds import key


def random_split(
    count: int, fraction: float, seed: int, strata: Sequence[int] | None = None
) -> tuple[list[int], list[int]]:
    """Places 0 … `count` - 1 in two sorted lists: what is left, and the `fraction` that was carved out.

    With `strata` (a number for each place), every stratum of two or more keeps its share, to the nearest sample and at
    least one.

    Raises:
        InputError: nothing would be left, or nothing carved.
    """
    carved = []
    for members in _shuffled(count, seed, strata):
        size = round(len(members) * fraction)
        carved.append(members[: min(max(size, 1), len(members) - 1)])
    return _apart(count, carved, f"a part of {fraction}")


def fold_split(
    count: int, folds: int, fold: int, seed: int, strata: Sequence[int] | None = None
) -> tuple[list[int], list[int]]:
    """Places in two sorted lists: what is left, and number `fold` of `folds` parts of the same size, to one sample in
    each stratum. The parts of all folds together are everything, and no two share a sample.

    Raises:
        InputError: there is no such fold, or too few samples.
    """
    if fold >= folds:
        raise InputError(f"dataset.fold = {fold}: expected one of 0 to {folds - 1}, for dataset.folds = {folds}.")
    groups = _shuffled(count, seed, strata)
    # The first fold of one group follows the last of the group before, so that small groups do not all favour fold 0.
    starts = [sum(len(group) for group in groups[:number]) for number in range(len(groups))]
    parts = [group[(fold - start) % folds :: folds] for group, start in zip(groups, starts, strict=True)]
    return _apart(count, parts, f"one of {folds} folds")


def _shuffled(count: int, seed: int, strata: Sequence[int] | None) -> list[Tensor]:
    groups = torch.zeros(count, dtype=torch.long) if strata is None else torch.as_tensor(strata)
    order = torch.randperm(count, generator=torch.Generator().manual_seed(key(seed, "split")))
    return [order[groups[order] == group] for group in groups.unique()]


def _apart(count: int, parts: Sequence[Tensor], wanted: str) -> tuple[list[int], list[int]]:
    out = torch.cat(list(parts)).sort().values.tolist() if parts else []
    left = sorted(set(range(count)) - set(out))
    if not left or not out:
        raise InputError(f"From {count} samples {wanted} cannot be carved: more samples are needed.")
    return left, out
