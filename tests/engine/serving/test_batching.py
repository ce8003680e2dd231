"""Batches that are filled while others are computed."""

import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from my_project.engine.serving.batching import Batcher


def batched(do: Callable[[Sequence[Any]], Sequence[Any]], items: Sequence[Any], size: int = 8, wait: float = 20) -> Any:
    """What became of each item: its result, or its error."""
    with Batcher(do, size, wait) as batcher:
        futures = [batcher.submit(item) for item in items]
    return [future.exception() or future.result() for future in futures]


def test_an_error_is_that_of_its_item_alone() -> None:
    def halve(items: Sequence[int]) -> list[int]:
        if 13 in items:
            raise ValueError("13")
        return [item // 2 for item in items]

    results = batched(halve, range(20))
    assert isinstance(results.pop(13), ValueError)
    assert results == [item // 2 for item in range(20) if item != 13]


@pytest.mark.parametrize(("size", "wait"), [(1, 20), (8, 0), (1000, 1)])
def test_batches_keep_to_their_size(size: int, wait: float) -> None:
    batches: list[Sequence[int]] = []

    def keep(items: Sequence[int]) -> Sequence[int]:
        batches.append(items)
        return items

    assert batched(keep, range(100), size, wait) == list(range(100))
    assert [item for batch in batches for item in batch] == list(range(100))
    assert max(map(len, batches)) <= size
    assert size > 1 or len(batches) == 100
    assert size < 1000 or len(batches) < 50


def test_a_lone_item_waits_no_longer_than_it_must_and_one_given_up_is_left_out() -> None:
    seen: list[int] = []

    def see(items: Sequence[int]) -> Sequence[int]:
        seen.extend(items)
        return items

    with Batcher(see, 8, 100) as batcher:
        started = time.monotonic()
        given_up = batcher.submit(0)
        assert given_up.cancel()
        assert batcher.submit(1).result(5) == 1
        assert 0.05 < time.monotonic() - started < 1
        assert batcher.submit(2).result(5) == 2
    assert seen == [1, 2]
