"""Prepared samples in files: read once, and the same as without."""

import multiprocessing
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from project import Train, config_of, default_dataset, epochs, options, weights

from cached_data import FIELD, LEAN
from my_project.engine.data.datamodule import DataModule
from my_project.engine.training.factory import data_and_pipeline


def test_the_second_start_reads_no_sample_and_trains_the_same(train: Train, reads: list[Any], cache: str) -> None:
    first = train(*LEAN, f"data/cache={cache}")
    assert reads
    reads.clear()
    second = train(*LEAN, f"data/cache={cache}")
    assert not reads
    uncached = train(*LEAN, "data/cache=off")
    assert reads
    for other in (second, uncached):
        assert all(torch.equal(value, weights(other)[name]) for name, value in weights(first).items())
        assert epochs(other) == epochs(first)


def test_folds_seeds_and_limits_share_what_is_there(cached: Callable[..., DataModule], reads: list[Any]) -> None:
    cached()
    reads.clear()
    for words in (
        ["seed=3"],
        ["data.split.folds=3", "data.split.fold=1"],
        ["data.limit_samples=8"],
        ["data.batch_size=2"],
    ):
        cached(*words)
    assert not reads


@pytest.mark.parametrize("augment", options("transformer/augment")[-1:])
def test_augmentation_is_not_in_the_cache(cached: Callable[..., DataModule], reads: list[Any], augment: str) -> None:
    cached("data.limit_samples=8")
    reads.clear()
    cached("data.limit_samples=8", f"transformer/augment={augment}")
    assert not reads


def test_rebuild_reads_everything_again(cached: Callable[..., DataModule], reads: list[Any]) -> None:
    cached()
    count = len(reads)
    cached("data.cache.rebuild=true")
    assert len(reads) == 2 * count


def test_what_an_interruption_left_is_not_read_again(
    cached: Callable[..., DataModule], reads: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("my_project.engine.data.prepare.CHUNK", 16)
    kind = default_dataset()
    get = getattr(kind, f"get_{FIELD}")

    def failing(self: Any, token: Any) -> Any:
        if len(reads) == 100:
            raise KeyboardInterrupt
        return get(self, token)

    with monkeypatch.context() as patch:
        patch.setattr(kind, f"get_{FIELD}", failing)
        with pytest.raises(KeyboardInterrupt):
            cached()
    written = 96  # whole chunks of the first 100 samples
    data = cached()
    total = sum(len(batch.id) for batch in data.splits.values())
    assert len(reads) == 100 + total - written
    fresh, _ = data_and_pipeline(config_of())
    fresh.setup("fit")
    for split, batch in fresh.splits.items():
        for found, expected in zip([*data.splits[split].input], [*batch.input], strict=True):
            assert torch.equal(found, expected)


def _serve(cache: str, folder: str, log: str) -> None:
    kind = default_dataset()
    get = getattr(kind, f"get_{FIELD}")

    def counted(self: Any, token: Any) -> Any:
        with Path(log).open("a") as file:
            file.write("x")
        return get(self, token)

    setattr(kind, f"get_{FIELD}", counted)
    data, _ = data_and_pipeline(config_of(f"data/cache={cache}", f"data.cache.dir={folder}"))
    data.setup("fit")


def test_processes_that_start_together_read_a_sample_once(tmp_path: Path, cache: str) -> None:
    context = multiprocessing.get_context("fork")
    log = tmp_path / "reads"
    words = cache, str(tmp_path / "cache"), str(log)
    running = [context.Process(target=_serve, args=words) for _ in range(3)]
    for process in running:
        process.start()
    for process in running:
        process.join()
        assert process.exitcode == 0
    data, _ = data_and_pipeline(config_of())
    data.setup("fit")
    assert len(log.read_text()) == sum(len(batch.id) for batch in data.splits.values())
