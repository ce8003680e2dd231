"""A cache is never stale: what the samples depend on is in its key."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from project import default_dataset

from cached_data import FIELD
from my_project.engine.data.datamodule import DataModule


def test_another_version_of_the_dataset_is_read_again(
    cached: Callable[..., DataModule], reads: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    count = sum(len(batch.id) for batch in cached().splits.values())
    assert len(reads) == count
    monkeypatch.setattr(default_dataset(), "version", 2)
    cached()
    assert len(reads) == 2 * count


def test_changed_code_is_noticed(
    cached: Callable[..., DataModule], reads: list[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    cached("data.limit_samples=8")
    reads.clear()
    (tmp_path / "changed.py").write_text("# other code")
    monkeypatch.setattr("my_project.engine.data.cache_key.getfile", lambda kind: str(tmp_path / "changed.py"))
    cached("data.limit_samples=8")
    assert reads


OPENERS = [f"get_{FIELD}", "__init__", "definition", "tokens"]


@pytest.mark.parametrize(
    ("opener", "workers"),
    [
        *((opener, 0) for opener in OPENERS),
        (OPENERS[0], 2),
        *(pytest.param(opener, 2, marks=pytest.mark.slow) for opener in OPENERS[1:]),
    ],
)
def test_a_file_that_nothing_names_is_noticed(
    cached: Callable[..., DataModule], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opener: str, workers: int
) -> None:
    kind, file, level = default_dataset(), tmp_path / "level.txt", [0]
    opens, get = getattr(kind, opener), getattr(kind, f"get_{FIELD}")

    def opening(self: Any, *arguments: Any, **named: Any) -> Any:
        level[0] = int(file.read_text())
        return opens(self, *arguments, **named) if opens is not get else get(self, *arguments) * 0 + level[0]

    monkeypatch.setattr(kind, opener, opening)
    if opens is not get:
        monkeypatch.setattr(kind, f"get_{FIELD}", lambda self, token: get(self, token) * 0 + level[0])
    for text in ("1", "12"):
        file.write_text(text)
        for _ in range(2):  # the second is served from the cache
            data = cached(f"data.num_workers={workers}", "data.limit_samples=8")
            assert all(bool((batch.input[0] == int(text)).all()) for batch in data.splits.values())


def test_files_of_tokens_and_packages_are_not_recorded(cached: Callable[..., DataModule], tmp_path: Path) -> None:
    cached("data.limit_samples=8")
    records = list(tmp_path.rglob("opened.txt"))
    assert records
    assert not any(record.read_text() for record in records)
