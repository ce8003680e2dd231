"""Samples that stay in their files, and a disk that is full."""

import errno
import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from project import Train, epochs, weights

from cached_data import LEAN
from my_project.engine.data.collate import index_batch
from my_project.engine.data.datamodule import DataModule
from my_project.engine.data.lazy_rows import LazyRows
from my_project.engine.data.row_files import RowFiles, Runs


def test_samples_that_stay_in_their_files_train_the_same(train: Train) -> None:
    folders = [train(*LEAN, f"data.cache.memory={share}") for share in (0.5, 0)]
    assert "stay in data/cache" in (folders[1] / "train.log").read_text()
    assert "stay in data/cache" not in (folders[0] / "train.log").read_text()
    first, second = map(weights, folders)
    assert all(torch.equal(value, second[name]) for name, value in first.items())
    assert epochs(folders[0]) == epochs(folders[1])


def test_rows_are_those_of_the_tensor(cached: Callable[..., DataModule]) -> None:
    here, mapped = cached().splits["val"], cached("data.cache.memory=0").splits["val"]
    places = torch.tensor([3, 0, 5])
    for field, rows in zip(here.input, mapped.input, strict=True):
        assert isinstance(rows, LazyRows)
        assert rows.shape == field.shape
        assert torch.equal(torch.cat(list(rows.split(5))), field)
    for index in (places, slice(2, 4)):
        assert all(
            torch.equal(a, b)
            for a, b in zip(index_batch(here, index).input, index_batch(mapped, index).input, strict=True)
        )


@pytest.mark.slow
def test_a_disk_that_is_full_is_named_and_what_was_written_stays(
    train: Train, reads: list[Any], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    write, room = RowFiles.write, [6]

    def full(self: RowFiles, name: str, runs: Runs, rows: Any) -> None:
        room[0] -= 1
        if room[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device", str(self.path(name)))
        write(self, name, runs, rows)

    with monkeypatch.context() as patch:
        patch.setattr("my_project.engine.data.prepare.CHUNK", 16)
        patch.setattr(RowFiles, "write", full)
        with pytest.raises(SystemExit):
            train(*LEAN, "data/cache=disk")
    said = "".join(capfd.readouterr())
    assert re.search(r"The disk of \S+/data/cache/\S+-train-\w+ is full \(mounted at", said)
    before = len(reads)
    train(*LEAN, "data/cache=disk")
    fresh = len(reads) - before
    reads.clear()
    train(*LEAN, "data/cache=off")
    assert fresh < len(reads), "what was written is read again"
