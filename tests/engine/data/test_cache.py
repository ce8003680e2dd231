"""Prepared samples in files: read once, the same as without, and never stale."""

import errno
import multiprocessing
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from project import QUICK, Train, caches, config_of, default_dataset, epochs, options, weights

from my_project.engine.data.collate import index_batch
from my_project.engine.data.datamodule import DataModule
from my_project.engine.data.lazy_rows import LazyRows
from my_project.engine.data.row_files import RowFiles
from my_project.engine.training.factory import data_and_pipeline

LEAN = (*QUICK, "~callback.pictures", "trainer.max_epochs=1")
FIELD = default_dataset()().definition().Input._fields[0]


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The tokens whose input was read."""
    found: list[Any] = []
    kind = default_dataset()
    get = getattr(kind, f"get_{FIELD}")

    def counted(self: Any, token: Any) -> Any:
        found.append(token)
        return get(self, token)

    monkeypatch.setattr(kind, f"get_{FIELD}", counted)
    return found


@pytest.fixture(params=caches())
def cache(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def served(tmp_path: Path, cache: str) -> Callable[..., DataModule]:
    def serve(*words: str) -> DataModule:
        config = config_of(f"data/cache={cache}", f"data.cache.dir={tmp_path}", *words)
        data, _ = data_and_pipeline(config)
        data.setup("fit")
        return data

    return serve


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


def test_folds_seeds_and_limits_share_what_is_there(served: Callable[..., DataModule], reads: list[Any]) -> None:
    served()
    reads.clear()
    for words in (
        ["seed=3"],
        ["data.split.folds=3", "data.split.fold=1"],
        ["data.limit_samples=8"],
        ["data.batch_size=2"],
    ):
        served(*words)
    assert not reads


@pytest.mark.parametrize("augment", options("transformer/augment")[-1:])
def test_augmentation_is_not_in_the_cache(served: Callable[..., DataModule], reads: list[Any], augment: str) -> None:
    served("data.limit_samples=8")
    reads.clear()
    served("data.limit_samples=8", f"transformer/augment={augment}")
    assert not reads


def test_another_version_of_the_dataset_is_read_again(
    served: Callable[..., DataModule], reads: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    count = sum(len(batch.id) for batch in served().splits.values())
    assert len(reads) == count
    monkeypatch.setattr(default_dataset(), "version", 2)
    served()
    assert len(reads) == 2 * count


def test_changed_code_is_noticed(
    served: Callable[..., DataModule], reads: list[Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    served("data.limit_samples=8")
    reads.clear()
    (tmp_path / "changed.py").write_text("# other code")
    monkeypatch.setattr("my_project.engine.data.cache_key.getfile", lambda kind: str(tmp_path / "changed.py"))
    served("data.limit_samples=8")
    assert reads


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize("opener", [f"get_{FIELD}", "__init__", "definition", "tokens"])
def test_a_file_that_nothing_names_is_noticed(
    served: Callable[..., DataModule], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opener: str, workers: int
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
            data = served(f"data.num_workers={workers}", "data.limit_samples=8")
            assert all(bool((batch.input[0] == int(text)).all()) for batch in data.splits.values())


def test_files_of_tokens_and_packages_are_not_recorded(served: Callable[..., DataModule], tmp_path: Path) -> None:
    served("data.limit_samples=8")
    records = list(tmp_path.rglob("opened.txt"))
    assert records
    assert not any(record.read_text() for record in records)


def test_rebuild_reads_everything_again(served: Callable[..., DataModule], reads: list[Any]) -> None:
    served()
    count = len(reads)
    served("data.cache.rebuild=true")
    assert len(reads) == 2 * count


def test_what_an_interruption_left_is_not_read_again(
    served: Callable[..., DataModule], reads: list[Any], monkeypatch: pytest.MonkeyPatch
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
            served()
    written = 96  # whole chunks of the first 100 samples
    data = served()
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


def test_samples_that_stay_in_their_files_train_the_same(train: Train) -> None:
    folders = [train(*LEAN, f"data.cache.memory={share}") for share in (0.5, 0)]
    assert "stay in data/cache" in (folders[1] / "train.log").read_text()
    assert "stay in data/cache" not in (folders[0] / "train.log").read_text()
    first, second = map(weights, folders)
    assert all(torch.equal(value, second[name]) for name, value in first.items())
    assert epochs(folders[0]) == epochs(folders[1])


def test_rows_are_those_of_the_tensor(served: Callable[..., DataModule]) -> None:
    here, mapped = served().splits["val"], served("data.cache.memory=0").splits["val"]
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


def test_a_disk_that_is_full_is_named_and_what_was_written_stays(
    train: Train, reads: list[Any], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    write, room = RowFiles.write, [6]

    def full(self: RowFiles, name: str, indices: list[int], rows: Any) -> None:
        room[0] -= 1
        if room[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device", str(self.path(name)))
        write(self, name, indices, rows)

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
