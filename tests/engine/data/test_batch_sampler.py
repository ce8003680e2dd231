"""The order of an epoch: every sample once, shared by processes, groups by their shares."""

import pytest
import torch

from my_project.engine.data.batch_sampler import BatchOptions, BatchSampler
from my_project.engine.data.group_sampler import WeightedGroupSampler, apportion


def test_an_epoch_holds_every_sample_once_in_an_order_of_its_own() -> None:
    order = BatchSampler(100, BatchOptions(32, shuffle=True))
    first = torch.cat([indices for indices, _ in order])
    again = torch.cat([indices for indices, _ in order])
    order.set_epoch(1)
    second = torch.cat([indices for indices, _ in order])
    assert torch.equal(first.sort().values, torch.arange(100))
    assert torch.equal(first, again)
    assert not torch.equal(first, second)
    assert len({seed for _, seed in order}) == len(order) == 4


@pytest.mark.parametrize(("count", "sizes"), [(64, [32, 32]), (65, [32, 33]), (66, [32, 32, 2]), (1, [1])])
def test_a_lonely_sample_joins_the_batch_before_it(count: int, sizes: list[int]) -> None:
    for shuffle in (True, False):
        order = BatchSampler(count, BatchOptions(32, shuffle=shuffle))
        assert [len(indices) for indices, _ in order] == sizes
        assert len(order) == len(sizes)


@pytest.mark.parametrize("count", [64, 65, 71, 72, 100])
@pytest.mark.parametrize("world", [2, 3])
def test_processes_share_every_batch(count: int, world: int) -> None:
    orders = [BatchSampler(count, BatchOptions(12, 3, True, rank, world)) for rank in range(world)]
    alone = BatchSampler(count, BatchOptions(12 * world, 3, shuffle=True))
    steps = [list(order) for order in orders]
    assert {len(part) for part in steps} == {len(order) for order in orders} == {len(steps[0])}
    together = torch.cat([part[step][0] for step in range(len(steps[0])) for part in steps])
    assert torch.equal(together, torch.cat([indices for indices, _ in alone]))
    assert min(len(indices) for part in steps for indices, _ in part) >= 2
    assert len({seed for part in steps for _, seed in part}) == len(steps[0]) * world


@pytest.mark.parametrize(
    ("count", "shares", "parts"), [(10, [1, 1, 1], [4, 3, 3]), (7, [1, 3], [2, 5]), (5, [9, 0.1], [5, 0])]
)
def test_shares_are_kept_to_one(count: int, shares: list[float], parts: list[int]) -> None:
    assert apportion(count, shares) == parts


def test_groups_come_by_their_shares_and_each_sample_as_often_as_its_neighbours() -> None:
    groups = [0] * 300 + [1] * 100
    order = BatchSampler(400, BatchOptions(64, shuffle=True), WeightedGroupSampler(groups, [1, 3]))
    seen = torch.zeros(400, dtype=torch.long)
    for epoch in range(6):
        order.set_epoch(epoch)
        indices = torch.cat([indices for indices, _ in order])
        again = torch.cat([indices for indices, _ in order])
        assert torch.equal(indices, again)
        assert int((indices < 300).sum()) == 100  # 1 : 3
        assert indices[(indices >= 300)].bincount()[300:].tolist() == [3] * 100
        first = indices[:128]
        assert 16 <= int((first < 300).sum()) <= 48, "the shares hold within an epoch too"
        seen += indices.bincount(minlength=400)
    assert (seen[:300] > 0).sum() > 240, "of a group that has more than its share, every epoch takes others"
