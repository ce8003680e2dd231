"""Samples that differ in length: served as they are, kept in files, batched with little padding."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from project import identity

from my_project.engine.core.errors import InputError
from my_project.engine.data.batch_sampler import BatchOptions
from my_project.engine.data.bucket_sampler import BucketBatchSampler
from my_project.engine.data.cache import Cache
from my_project.engine.data.collate import index_batch, join, stack
from my_project.engine.data.datamodule import DataModule
from my_project.engine.data.options import SamplingOptions
from my_project.engine.definitions.definition import Batch, Sample
from my_project.engine.definitions.ragged import Ragged
from my_project.engine.reports.data_card import fields_of, same_content
from spelling import Numbers, Spelled, Words


@pytest.fixture
def serve(tmp_path: Path) -> Callable[..., DataModule]:
    def served(cache: Cache | None = None, **options: Any) -> DataModule:
        data = DataModule(Spelled(), identity, cache_key=lambda split: {}, cache=cache, **options)
        data.setup("fit")
        return data

    return served


Serve = Callable[..., DataModule]


def check(batch: Batch, source: Sequence[int]) -> None:
    """Every sample is its own letters and strokes, and zeros behind them."""
    letters, strokes, length = batch.input
    assert letters.shape == (len(batch.id), length.max())
    for row, place in enumerate(batch.id.tolist()):
        token = source[place]
        expected = Spelled().get_letters(token)
        assert length[row] == len(expected)
        assert torch.equal(letters[row, : len(expected)], expected)
        assert not letters[row, len(expected) :].any()
        assert torch.equal(strokes[row, : len(expected) // 2], Spelled().get_strokes(token))
        assert not strokes[row, len(expected) // 2 :].any()
        assert batch.target.total[row] == token


@pytest.mark.parametrize(
    ("memory", "workers"),
    [
        *((memory, 0) for memory in (None, 0.0, 0.5)),
        *(pytest.param(memory, 2, marks=pytest.mark.slow) for memory in (None, 0.0)),
        (0.5, 2),
    ],
)
def test_batches_hold_what_the_dataset_gives(serve: Serve, tmp_path: Path, memory: float | None, workers: int) -> None:
    cache = None if memory is None else Cache(str(tmp_path), memory=memory)
    for data in (serve(cache, num_workers=workers), serve(cache)):
        for loader, source in ((data.train_dataloader(), range(60)), (data.test_dataloader(), range(80, 100))):
            batches = list(loader)
            assert sorted(place for batch in batches for place in batch.id.tolist()) == list(range(len(source)))
            for batch in batches:
                check(batch, source)


def test_the_cache_reads_once_also_in_parts(serve: Serve, tmp_path: Path) -> None:
    reads = []
    for limit in (7, None, None):
        Spelled.reads = 0
        whole = serve(Cache(str(tmp_path)), limit_samples=limit)
        reads.append(Spelled.reads)
    assert reads == [21, 79, 0]  # 7 of each split, then the others
    check(index_batch(whole.splits["train"], slice(None)), range(60))


def test_a_kill_in_the_middle_of_a_row_leaves_the_rest_whole(serve: Serve, tmp_path: Path) -> None:
    serve(Cache(str(tmp_path)), limit_samples=7)
    for file in tmp_path.glob("*/input.strokes.values.bin"):
        with file.open("ab") as content:
            content.write(b"abc")
    check(index_batch(serve(Cache(str(tmp_path))).splits["train"], slice(None)), range(60))


@pytest.mark.parametrize("max_tokens", [50, 64, 133, 1000])
def test_no_batch_exceeds_the_budget_and_none_is_lost(serve: Serve, max_tokens: int) -> None:
    data = serve(sampling=SamplingOptions(max_tokens=max_tokens), batch_size=16)
    loader = data.train_dataloader()
    for epoch in range(3):
        loader.sampler.set_epoch(epoch)
        batches = list(loader)
        assert len(batches) == len(loader)
        assert all(batch.input.letters.numel() <= max_tokens for batch in batches)
        assert all(len(batch.id) <= 16 for batch in batches)
        assert sorted(place for batch in batches for place in batch.id.tolist()) == list(range(60))


def test_each_epoch_has_its_own_batches_and_each_seed_its_own_epochs() -> None:
    lengths = torch.arange(1, 101)

    def batches(seed: int, epoch: int) -> list[list[int]]:
        order = BucketBatchSampler(lengths, 5, None, BatchOptions(4, seed, shuffle=True))
        order.set_epoch(epoch)
        return [places.tolist() for places, _ in order]

    assert batches(0, 0) == batches(0, 0)
    assert batches(0, 0) != batches(0, 1)
    assert batches(0, 0) != batches(1, 0)
    assert sorted(map(sorted, batches(0, 0))) != sorted(map(sorted, batches(0, 1)))


def test_buckets_save_padding_and_say_how_much(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    def share(buckets: int) -> float:
        batches = list(serve(sampling=SamplingOptions(buckets=buckets), batch_size=6).train_dataloader())
        taken = sum(batch.input.letters.numel() for batch in batches)
        padding: float = 1 - sum(int(batch.input.length.sum()) for batch in batches) / taken
        assert f"train: {100 * padding:.1f} % of the tokens in its batches are padding" in caplog.text
        return padding

    with caplog.at_level("INFO"):
        few, many = share(10), share(1)
    assert few < 0.1
    assert many > 0.3


@pytest.mark.parametrize("world", [2, 3])
def test_processes_share_every_batch(world: int) -> None:
    lengths = torch.arange(1, 62) % 20 + 1
    orders = [BucketBatchSampler(lengths, 4, 80, BatchOptions(16, 0, True, rank, world)) for rank in range(world)]
    seen: list[int] = []
    for parts in zip(*orders, strict=True):
        for places, _ in parts:
            assert len(places) > 0
            assert len(places) * int(lengths[places].max()) <= 80
            seen += places.tolist()
    assert sorted(seen) == list(range(61))


def test_what_cannot_be_kept_is_refused(serve: Serve) -> None:
    with pytest.raises(InputError, match=r"max_tokens = 20, but a sample has 50 tokens: expected 50 or more"):
        serve(sampling=SamplingOptions(max_tokens=20)).train_dataloader()
    with pytest.raises(InputError, match="processes, and one of 3 samples of this length would get none"):
        BucketBatchSampler(torch.tensor([5, 5, 5]), 1, 5, BatchOptions(1, 0, True, 0, 2))


def test_other_axes_must_be_even() -> None:
    ragged = {("input", "strokes")}
    two, zero = torch.tensor(2), torch.tensor(0.0)
    inputs = [Words(torch.ones(2), torch.ones(3, width), two) for width in (1, 2)]
    samples = [Sample(place, 1.0, words, Numbers(zero)) for place, words in enumerate(inputs)]
    with pytest.raises(InputError, match=r"'strokes' is \[3, 1\] in sample 0 but \[3, 2\] in sample 1"):
        stack(samples, ragged)


def test_parts_joined_and_packed_are_the_whole() -> None:
    samples = [torch.arange(length * 2).view(length, 2) + 100 * length for length in (3, 0, 5, 1)]
    whole = Ragged.of(samples)
    halves = Ragged.join([Ragged.of(samples[:2]), Ragged.of(samples[2:])])
    turned = Ragged(whole.values, whole.starts.flip(0), whole.lengths.flip(0))
    assert whole.shape == (4, 5, 2)
    assert torch.equal(halves[:], whole[:])
    assert torch.equal(turned.packed()[:], whole[torch.tensor([3, 2, 1, 0])])
    assert torch.equal(
        torch.cat([part.flatten() for part in turned.packed().split(1)]), turned.packed().values.flatten()
    )


def test_the_data_card_knows_lengths(serve: Serve) -> None:
    splits = serve().splits
    letters = fields_of(splits["train"])[0]
    assert (letters.low, letters.high, letters.shape) == (1, 50, [50])
    again = join([splits["train"], splits["test"]])._replace(id=torch.arange(80))
    # Numbers 0 and 50 both have one letter and no stroke.
    (group,) = same_content({"train": again})
    assert {place.id for place in group} == {0, 50}
    assert len(same_content({"train": again, "test": splits["test"]})) == 21
