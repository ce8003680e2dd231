"""Epochs in which groups of samples (classes, sources) have shares of their own."""

from collections.abc import Sequence

import torch
from torch import Tensor


class WeightedGroupSampler:
    """`class_names` has the group of each sample, `shares` the share of each group, in any unit.

    An epoch has as many draws as there are samples. Of these each group gets its share, to one draw; a group that has
    fewer samples comes again, each sample as often as the others, to one draw; of a group that has more, every epoch
    takes others.
    """

    def __init__(self, groups: Sequence[int], shares: Sequence[float]) -> None:
        numbers = torch.tensor(groups)
        self.members = [(numbers == group).nonzero().flatten() for group in range(len(shares))]
        self.counts = apportion(len(groups), shares)

    def draw(self, generator: torch.Generator) -> Tensor:
        """The places of an epoch, in its order."""
        drawn = []
        for members, count in zip(self.members, self.counts, strict=True):
            rounds = -(-count // max(len(members), 1))
            orders = [torch.randperm(len(members), generator=generator) for _ in range(rounds)]
            drawn += [members[torch.cat(orders)[:count]]] if rounds else []
        places = torch.cat(drawn)
        return places[torch.randperm(len(places), generator=generator)]


def apportion(count: int, shares: Sequence[float]) -> list[int]:
    """`count` divided by `shares`: whole numbers that add up to it, each less than one away from its exact share
    (the largest-remainder method).
    """
    exact = [count * share / sum(shares) for share in shares]
    whole = [int(value) for value in exact]
    by_rest = sorted(range(len(shares)), key=lambda index: whole[index] - exact[index])
    for index in by_rest[: count - sum(whole)]:
        whole[index] += 1
    return whole
