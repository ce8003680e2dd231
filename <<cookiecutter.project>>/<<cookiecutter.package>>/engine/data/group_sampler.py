"""Sampling of groups (classes, sources) by given shares."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ..core.errors import InputError
from ..datasets.dataset import Dataset
from .splits import SplitIndices, strata_of


class WeightedGroupSampler:
    """Draw an epoch of as many samples as there are, each group by its share.

    Within a group samples are drawn without replacement: a group that is drawn more often than it has samples is
    repeated, each sample as often as the others, to within one draw. Of a larger group every epoch has other samples.

    Args:
        groups: Group of each sample.
        shares: Share of each group, in any unit.
    """

    def __init__(self, groups: Sequence[int], shares: Sequence[float]) -> None:
        numbers = torch.tensor(groups)
        self.members = [(numbers == group).nonzero().flatten() for group in range(len(shares))]
        self.counts = apportion(len(groups), shares)

    def draw(self, generator: torch.Generator) -> Tensor:
        """Indices of an epoch, shuffled."""
        drawn = []
        for members, count in zip(self.members, self.counts, strict=True):
            rounds = -(-count // max(len(members), 1))
            orders = [torch.randperm(len(members), generator=generator) for _ in range(rounds)]
            drawn += [members[torch.cat(orders)[:count]]] if rounds else []
        indices = torch.cat(drawn)
        return indices[torch.randperm(len(indices), generator=generator)]


def apportion(count: int, shares: Sequence[float]) -> list[int]:
    """Divide `count` by `shares` into integers that add up to it, each less than 1 away from its exact share
    (largest-remainder method).
    """
    exact = [count * share / sum(shares) for share in shares]
    whole = [int(value) for value in exact]
    by_remainder = sorted(range(len(shares)), key=lambda index: whole[index] - exact[index])
    for index in by_remainder[: count - sum(whole)]:
        whole[index] += 1
    return whole


def weighted_group_sampler(dataset: Dataset, split: SplitIndices, balance: bool) -> WeightedGroupSampler | None:
    """Sampler for balanced classes, or for the dataset's `ratios`; None if every sample is drawn once an epoch.

    Raises:
        InputError: both are requested, there are no classes, or a source has no sample.
    """
    if balance:
        return _by_class(dataset, split)
    if dataset.ratios is None:
        return None
    tokens = dataset.tokens(split.source)
    sources = [dataset.source_of(tokens[index]) for index in split.indices]
    for source in set(range(len(dataset.ratios))) - set(sources):
        raise InputError(
            f"Source {source} of {type(dataset).__name__} has no training sample, so it can have no ratio."
        )
    return WeightedGroupSampler(sources, dataset.ratios)


def _by_class(dataset: Dataset, split: SplitIndices) -> WeightedGroupSampler:
    if dataset.ratios is not None:
        raise InputError("balance = true and the dataset's ratios both set the sampling frequencies: choose one.")
    strata = strata_of(dataset, split)
    if strata is None:
        definition = type(dataset.definition()).__name__
        raise InputError(
            f"balance = true needs classes, and {definition} names no field in `stratify`: leave it false."
        )
    present = sorted(set(strata))
    return WeightedGroupSampler([present.index(stratum) for stratum in strata], [1.0] * len(present))
