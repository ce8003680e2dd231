"""A damaged file of the cache is named; nothing of it is trained on."""

import os
import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from project import config_of, default_dataset, identity

from my_project.engine.core.errors import InputError
from my_project.engine.data.collate import index_batch
from my_project.engine.data.datamodule import DataModule
from my_project.engine.data.memmap_store import MemmapStore
from my_project.engine.training.factory import data_and_pipeline

Cached = Callable[..., DataModule]


@pytest.fixture
def entry(cached: Cached, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of the training samples, in several chunks."""
    monkeypatch.setattr("my_project.engine.data.prepare.CHUNK", 64)
    cached()
    (folder,) = (path for path in tmp_path.glob("*-train-*") if path.is_dir())
    return folder


def flip(path: Path, moment: random.Random, keep_time: bool = False) -> None:
    """Flip one bit of a file."""
    data, state = bytearray(path.read_bytes()), path.stat()
    data[moment.randrange(len(data))] ^= 1 << moment.randrange(8)
    path.write_bytes(data)
    if keep_time:
        os.utime(path, ns=(state.st_atime_ns, state.st_mtime_ns))


def rows_of(entry: Path) -> list[Path]:
    """Files of rows; every sample of the entry was written, so that each of their bytes counts."""
    return sorted(entry.glob("*.bin"))


def test_every_flipped_bit_is_found(entry: Path, cached: Cached, tmp_path: Path) -> None:
    moment = random.Random(0)
    for path in [*rows_of(entry), entry / "journal.txt"] * 3:
        sound = path.read_bytes()
        flip(path, moment)
        with pytest.raises(InputError, match=rf"{re.escape(str(path))} is damaged.*data\.cache\.rebuild=true"):
            cached()
        path.write_bytes(sound)
    cached()


def test_a_bit_that_flips_at_rest_is_found_by_verify(entry: Path, cached: Cached) -> None:
    path = rows_of(entry)[0]
    flip(path, random.Random(0), keep_time=True)
    cached()
    with pytest.raises(InputError, match="is damaged"):
        cached("data.cache.verify=true")
    cached("data.cache.rebuild=true", "data.cache.verify=true")
    cached("data.cache.verify=true")


def test_a_file_that_is_cut_off_or_missing_is_named_and_rebuild_mends_it(
    entry: Path, cached: Cached, reads: list[Any]
) -> None:
    for path in rows_of(entry):
        os.truncate(path, path.stat().st_size - 1)
        with pytest.raises(InputError, match=f"{path.name} is damaged"):
            cached()
        path.unlink()
        with pytest.raises(InputError, match=f"{path.name} is not there"):
            cached()
        cached("data.cache.rebuild=true")
    assert reads
    reads.clear()
    cached()
    assert not reads


def test_a_torn_line_of_the_journal_costs_its_chunk_alone(entry: Path, cached: Cached, reads: list[Any]) -> None:
    journal = entry / "journal.txt"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines)[: -len(lines[-1]) // 2])
    assert len(lines) > 3
    cached()
    assert 0 < len(reads) <= 64
    reads.clear()
    found = cached("data.cache.verify=true").splits["train"]
    assert not reads
    fresh, _ = data_and_pipeline(config_of())
    fresh.setup("fit")
    for one, other in zip(found.input, fresh.splits["train"].input, strict=True):
        assert torch.equal(one, other)


def test_a_damaged_record_of_opened_files_prepares_again(entry: Path, cached: Cached, reads: list[Any]) -> None:
    with (entry / "opened.txt").open("ab") as file:
        file.write(b"\xff[1")
    cached()
    assert reads


def test_a_copy_of_the_cache_is_checked_and_serves(
    entry: Path, cached: Cached, reads: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(tmp_path, tmp_path / "copy", copy_function=shutil.copyfile)
    checked: list[str] = []
    check = MemmapStore._check_file

    def counted(self: MemmapStore, name: str, row_bytes: int) -> None:
        checked.append(name)
        check(self, name, row_bytes)

    monkeypatch.setattr(MemmapStore, "_check_file", counted)
    reads.clear()
    cached(f"data.cache.dir={tmp_path / 'copy'}")
    assert checked
    checked.clear()
    cached(f"data.cache.dir={tmp_path / 'copy'}")
    assert not checked
    assert not reads


def test_samples_that_were_dropped_before_any_was_kept_are_no_damage(tmp_path: Path) -> None:
    data = DataModule(default_dataset()(), identity, limit_samples=8)
    batch = index_batch(data.in_order("train").split.content, slice(0, 2))
    definition = default_dataset()().definition()
    store = MemmapStore(tmp_path, definition, 2000)
    store.drop([1, 2])
    assert MemmapStore(tmp_path, definition, 2000).states()[:4].tolist() == [0, 2, 2, 0]
    store.write(batch)
    again = MemmapStore(tmp_path, definition, 2000)
    assert again.states()[batch.id].tolist() == [1, 1]
    assert torch.equal(again.read(batch.id, in_memory=True).input[0], batch.input[0])
