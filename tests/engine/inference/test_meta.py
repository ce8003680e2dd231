"""Facts of samples that are no fields are columns of every table, each in the row of its sample."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from project import QUICK, Train, identity, run_script

from data_modules import DefaultDataset
from my_project.engine.core.errors import InputError
from my_project.engine.data.datamodule import DataModule
from my_project.engine.data.options import SplitOptions
from my_project.engine.datasets.dataset import Dataset
from my_project.engine.datasets.meta import columns_of

Facts = dict[str, Any]


def facts(dataset: Any, token: Any) -> Facts:
    """Split and number of a token, and a remark on every third."""
    (split,) = [split for split in ("train", "test") if token in dataset.tokens(split)]
    number = dataset.tokens(split).index(token)
    return {"part": split, "number": number} | ({"remark": f"of {number}"} if number % 3 == 0 else {})


@pytest.fixture
def meta(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Gives the default dataset another `meta`."""
    return lambda method: monkeypatch.setattr(DefaultDataset, "meta", method)


def check(table: pl.DataFrame, part: str) -> None:
    assert table.columns[:4] == ["id", "part", "number", "remark"]
    assert len(table)
    for row in table.iter_rows(named=True):
        assert (row["part"], row["number"]) == (part, row["id"])
        assert row["remark"] == (f"of {row['id']}" if row["id"] % 3 == 0 else None)


def test_facts_are_columns_of_every_table(train: Train, meta: Callable[[Any], None]) -> None:
    meta(facts)
    run = train(*QUICK)
    plain = pl.read_parquet(run / "test" / "predictions.parquet")
    check(plain, "test")
    for name in ("predictions", "worst"):
        check(pl.read_csv(run / "test" / f"{name}.csv"), "test")
    folder = run_script("evaluate", f"run={run}", "split=val", "data.split.folds=3", "data.split.fold=1")
    check(pl.read_parquet(folder / "predictions.parquet"), "train")
    meta(Dataset.meta)
    bare = pl.read_parquet(run_script("evaluate", f"run={run}") / "predictions.parquet")
    assert bare.columns == [name for name in plain.columns if name not in ("part", "number", "remark")]


def test_shuffled_samples_keep_their_facts(monkeypatch: pytest.MonkeyPatch) -> None:
    straight = {split: list(DefaultDataset().tokens(split)) for split in ("train", "val", "test")}
    monkeypatch.setattr(DefaultDataset, "meta", lambda self, token: {"name": str(token)})
    for tokens in (straight, {split: list(reversed(each)) for split, each in straight.items()}):
        monkeypatch.setattr(DefaultDataset, "tokens", lambda self, split, tokens=tokens: tokens[split])
        for options in ({}, {"limit_samples": 20}, {"split": SplitOptions(folds=4, fold=2)}):
            data = DataModule(DefaultDataset(), identity, **options)
            for split, source in (("train", "train"), ("val", "train"), ("test", "test")):
                ids = data.split_indices[split].indices  # type: ignore[index]
                names = [row["name"] for row in data.meta(split, ids)]  # type: ignore[arg-type]
                assert names == [str(tokens[source][index]) for index in ids]


def test_the_path_of_a_token_needs_no_method(tmp_path: Path) -> None:
    class Files(DefaultDataset):
        def tokens(self, split: str) -> list[Any]:
            return [(tmp_path / f"{index}.png", index) for index in range(9)]

        def meta(self, token: Any) -> Facts:
            return {"path": "elsewhere"} if token[1] == 2 else {}

    found = [row["path"] for row in DataModule(Files(), identity).meta("test", [3, 1, 2])]
    assert found == [str(tmp_path / "3.png"), str(tmp_path / "1.png"), "elsewhere"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"loss": 1.0}, "gives 'loss', which tables of predictions already have: rename it"),
        ({"target": "x"}, "gives 'target', which tables of predictions already have: rename it"),
        ({"age": [3]}, "gives 'age': list, expected a text or a number by name"),
        ({3: "age"}, "gives 3: str, expected a text or a number by name"),
        (None, "fails"),
    ],
)
def test_facts_that_no_table_can_hold_are_refused_before_training(
    train: Train, meta: Callable[[Any], None], given: Any, sentence: str
) -> None:
    meta(lambda self, token: given)
    with pytest.raises(SystemExit, match=rf"{DefaultDataset.__name__}\.meta {sentence}"):
        train(*QUICK)
    assert not list(Path().glob("logs/*/*/checkpoints/*"))


def test_a_column_of_texts_and_numbers_is_refused() -> None:
    with pytest.raises(InputError, match=r"\.meta gives 'age' as text and as number, expected one of them"):
        columns_of(DefaultDataset(), [{"age": 3}, {}, {"age": "3"}], ())
