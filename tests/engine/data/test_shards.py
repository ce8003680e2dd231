"""Shards as `shard.py` writes them, also in several turns; damage is told."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
import polars as pl
import pytest
from project import QUICK, Train, default_dataset

from cached_data import FIELD
from my_project.engine.core.errors import InputError
from shard_folders import read

Shard = Callable[..., str]


def test_shards_are_written_into_an_object_store(shards: Shard, written: str) -> None:
    url = shards(f"memory://{Path.cwd().name}")
    fs, root = fsspec.url_to_fs(url)
    expected = {path.name: path.read_bytes() for path in Path(written).iterdir()}
    assert {path.removeprefix(f"{root}/"): fs.cat_file(path) for path in fs.find(root)} == expected


def test_an_interrupted_writer_goes_on(shards: Shard, monkeypatch: pytest.MonkeyPatch, reads: list[Any]) -> None:
    expected, count = shards("whole"), len(reads)
    reads.clear()
    kind = default_dataset()
    get = getattr(kind, f"get_{FIELD}")

    def failing(self: Any, token: Any) -> Any:
        if len(reads) == 150:
            raise KeyboardInterrupt
        return get(self, token)

    with monkeypatch.context() as patch:
        patch.setattr(kind, f"get_{FIELD}", failing)
        with pytest.raises(SystemExit):
            shards("parts")
    with pytest.raises(InputError, match="and goes on where it was ended"):
        read("parts")
    reads.clear()
    shards("parts")
    assert 0 < len(reads) <= count - 100
    files = sorted(path.name for path in Path(expected).iterdir())
    assert files == sorted(path.name for path in Path("parts").iterdir())
    assert all((Path(expected) / name).read_bytes() == (Path("parts") / name).read_bytes() for name in files)
    reads.clear()
    shards("parts")
    assert not [each for each in reads if each]


def test_shards_of_other_samples_stay(shards: Shard) -> None:
    folder = shards()
    before = (Path(folder) / "index.json").read_bytes()
    with pytest.raises(SystemExit, match="has shards of other samples"):
        shards(folder, "data.limit_samples=64")
    assert (Path(folder) / "index.json").read_bytes() == before


def test_dropped_samples_are_in_no_shard(shards: Shard, monkeypatch: pytest.MonkeyPatch) -> None:
    from my_project.engine.models.pipeline import Pipeline

    prepare_sample = Pipeline.prepare
    monkeypatch.setattr(
        Pipeline, "prepare", lambda self, sample, mode: prepare_sample(self, sample, mode) if sample.id % 3 else None
    )
    data = read(shards())
    for batch in data.splits.values():
        assert batch.id.tolist() == list(range(len(batch.id)))
        assert 0 < len(batch.id) < 96


@pytest.mark.slow
def test_facts_of_samples_are_in_the_tables(shards: Shard, train: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    facts = {"pen": "blue", "tilt": 0.5}
    monkeypatch.setattr(default_dataset(), "meta", lambda self, token: facts if token != 0 else {"pen": "red"})
    folder = shards()
    run = train(*QUICK, "dataset=streaming", f"dataset.dir={folder}")
    table = pl.read_parquet(run / "test" / "predictions.parquet")
    assert set(table["pen"]) <= {"blue", "red"}
    assert set(table["tilt"].drop_nulls()) == {0.5}


@pytest.mark.parametrize("name", ["train-00001.safetensors", "test-columns.safetensors"])
def test_a_file_that_is_lost_is_written_again(shards: Shard, name: str) -> None:
    path = Path(shards()) / name
    content = path.read_bytes()
    path.unlink()
    shards()
    assert path.read_bytes() == content
    assert sorted(each.name for each in path.parent.iterdir() if each.suffix == ".json") == ["index.json"]
