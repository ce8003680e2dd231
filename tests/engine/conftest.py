"""Fixtures of the engine's tests, which run in a project of the fixed name my_project (see tests/test_engine.py).

What needs torch is imported where it is used: some of the tests do without it.
"""

import json
import os
import shutil
import sys
from collections.abc import Callable
from contextlib import chdir
from functools import cache as memoize
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from project import QUICK, Train, caches, config_of, default_dataset, run_script, run_train, train

SHARDED = ("data.limit_samples=96", "shard_mib=0.001")  # words of shards of 16 samples or so

if TYPE_CHECKING:
    from my_project.engine.data.datamodule import DataModule
    from my_project.engine.inference.predictor import Predictor
    from sweep_words import Ask

__all__ = ["train"]


@pytest.fixture(scope="session")
def trained_with(tmp_path_factory: pytest.TempPathFactory) -> Train:
    """Trains a quick run, once for each list of words: for tests that do not change it."""

    @memoize
    def trained(*words: str) -> Path:
        with chdir(tmp_path_factory.mktemp("trained")):
            return run_train(*QUICK, *words)

    return trained


@pytest.fixture(scope="module")
def predictor(trained_with: Train) -> "Predictor":
    """The predictor of a quick run."""
    from my_project.engine.inference.predictor import Predictor

    return Predictor.load(str(trained_with()))


@pytest.fixture
def averaged(trained_with: Train, tmp_path: Path) -> Path:
    """A run that kept a running mean of its weights, without exports."""
    return Path(shutil.copytree(trained_with("callback=[default,ema]"), tmp_path / "run"))


@pytest.fixture
def export(averaged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """`python export.py run=<averaged> <words>` in an empty folder; returns the newest file."""
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")

    def exported(*words: str) -> Path:
        folder = run_script("export", f"run={averaged}", *words)
        files = [path for path in folder.glob("model*") if path.suffix != ".md"]
        return max(files, key=lambda path: path.stat().st_mtime_ns)

    return exported


@pytest.fixture(params=caches())
def cache(request: pytest.FixtureRequest) -> str:
    """Name of a config of `data/cache`."""
    name: str = request.param
    return name


@pytest.fixture
def cached(tmp_path: Path, cache: str) -> "Callable[..., DataModule]":
    """The data of a job with these words, with a cache in the folder of the test."""
    from my_project.engine.training.factory import data_and_pipeline

    def serve(*words: str) -> "DataModule":
        config = config_of(f"data/cache={cache}", f"data.cache.dir={tmp_path}", *words)
        data, _ = data_and_pipeline(config)
        data.setup("fit")
        return data

    return serve


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The tokens whose input was read."""
    from cached_data import FIELD

    found: list[Any] = []
    kind = default_dataset()
    get = getattr(kind, f"get_{FIELD}")

    def counted(self: Any, token: Any) -> Any:
        found.append(token)
        return get(self, token)

    monkeypatch.setattr(kind, f"get_{FIELD}", counted)
    return found


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photos with a table of labels for each split: for tests that do not change them."""
    from image_stand_ins import write_tables

    folder: Path = tmp_path_factory.mktemp("tables") / "photos"
    write_tables(folder)
    return folder


@pytest.fixture
def photos(tables: Path, tmp_path: Path) -> Path:
    """A copy of the photos, with their tables."""
    return Path(shutil.copytree(tables, tmp_path / "photos"))


@pytest.fixture
def tracked(train: Train, monkeypatch: pytest.MonkeyPatch) -> Train:
    """Runs train.py with a store of its own."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return train


@pytest.fixture
def copied_project(tmp_path: Path) -> Path:
    """A copy of this project, to be edited."""
    from my_project.engine.core import code

    root = tmp_path / "project"
    for path in code.files():
        (root / path.relative_to(code.ROOT)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, root / path.relative_to(code.ROOT))
    return root


class Started(BaseException):
    """Instead of the process of a driver: its sweep and options."""


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Ask":
    """What `train.py -m <words>` would drive; no options if Hydra gets it."""
    from my_project.engine.cli.sweep import DRIVE, start_sweep

    def started(python: str, words: list[str]) -> None:
        assert words[:2] == [sys.executable, str(Path(words[2].removeprefix(DRIVE)) / "code" / "train.py")]
        raise Started(Path(words[2].removeprefix(DRIVE)), json.loads(words[3]))

    def ask(*words: str) -> tuple[Path, dict[str, float]]:
        try:
            start_sweep(["-m", *words])
        except Started as start:
            return start.args[0], start.args[1]
        return Path(), {}

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(os, "execv", started)
    return ask


@pytest.fixture
def shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """`python shard.py <words>`; returns its folder, with six shards or more of the training split."""
    monkeypatch.chdir(tmp_path)

    def write(folder: str = "shards", *words: str) -> str:
        run_script("shard", *SHARDED, f"dir={folder}", *words)
        return folder

    return write


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Shards that no test changes."""
    with chdir(tmp_path_factory.mktemp("written")):
        run_script("shard", *SHARDED, "dir=shards")
        return str(Path("shards").resolve())


@pytest.fixture
def store(written: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Shards in an object store, which is the memory of this process."""
    import fsspec

    monkeypatch.chdir(tmp_path)
    url = f"memory://{tmp_path.name}"
    fsspec.url_to_fs(url)[0].put(written, url, recursive=True)
    return url
