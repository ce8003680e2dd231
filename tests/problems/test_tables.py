"""Tables with gaps, categories and mistakes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
from project import QUICK, config_of
from sklearn.ensemble import HistGradientBoostingClassifier
from table_stand_ins import table, write_classes, write_numbers

from conftest import Run
from my_project.datasets.table_file import ClassTableFile
from my_project.definitions.row import as_input
from my_project.engine.checkpoints.checkpoint import load
from my_project.engine.core.errors import InputError
from my_project.engine.inference.predictor import Predictor
from my_project.engine.testing import data_and_pipeline


def test_gaps_and_unknown_categories_have_numbers_of_their_own(tmp_path: Path) -> None:
    write_classes(tmp_path / "t")
    definition = ClassTableFile(str(tmp_path / "t")).definition()
    assert definition.numbers == ("area", "rooms")
    assert definition.categories == ("town", "garden")
    assert definition.levels == (("Bern", "Genève", "Zürich"), ("false", "true"))
    row = as_input(definition, {"area": None, "rooms": 3, "town": "Basel", "garden": True})
    assert row.numbers.tolist() == [0, 3]
    assert row.present.tolist() == [False, True]
    assert row.categories.tolist() == [0, 2]


@pytest.mark.parametrize("suffix", ["csv", "parquet", "jsonl"])
def test_formats_hold_the_same_rows(tmp_path: Path, suffix: str) -> None:
    for seed, split in enumerate(("train", "test")):
        frame = table(40, seed).drop("price")
        writers: dict[str, Any] = {
            "csv": frame.write_csv, "parquet": frame.write_parquet, "jsonl": frame.write_ndjson
        }  # fmt: skip
        writers[suffix](tmp_path / f"{split}.{suffix}")
    dataset = ClassTableFile(str(tmp_path), train=f"train.{suffix}", test=f"test.{suffix}")
    rows = torch.stack([dataset.get_numbers(token) for token in dataset.tokens("test")])
    expected = table(40, 1)["rooms"].to_numpy().astype(np.float32)
    assert np.array_equal(rows[:, 1].numpy(), expected)


MISTAKES: dict[str, tuple[Callable[[pl.DataFrame], pl.DataFrame], str]] = {
    "target": (lambda frame: frame.rename({"label": "class"}), "has no column 'label', expected one of"),
    "gap": (
        lambda frame: frame.with_columns(label=pl.when(pl.int_range(pl.len()) == 4).then(None).otherwise("label")),
        "1 rows without a value of 'label', the first is row 5",
    ),
    "new class": (lambda frame: frame.with_columns(label=pl.lit("new")), "has the class 'new', expected one of"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_a_table_is_one_sentence(tmp_path: Path, name: str) -> None:
    write_classes(tmp_path / "t")
    change, sentence = MISTAKES[name]
    path = tmp_path / "t" / "test.csv"
    change(pl.read_csv(path)).write_csv(path)
    dataset = ClassTableFile(str(tmp_path / "t"))
    with pytest.raises(InputError, match=sentence):
        [dataset.get_label(token) for token in dataset.tokens("test")]


def test_encoding_and_separator(tmp_path: Path) -> None:
    write_classes(tmp_path / "t")
    for path in (tmp_path / "t").iterdir():
        pl.read_csv(path).write_csv(path, separator=";")
        path.write_bytes(path.read_text().encode("latin-1"))
    options = {"separator": ";", "encoding": "latin-1"}
    assert "Genève" in ClassTableFile(str(tmp_path / "t"), **options).definition().levels[0]
    with pytest.raises(InputError, match=r"train.csv cannot be read .*: expected separator ',' and encoding utf-8"):
        ClassTableFile(str(tmp_path / "t")).definition()


def test_numbers_are_learned_in_their_unit(script: Run, tmp_path: Path) -> None:
    write_numbers(tmp_path / "t")
    words = ("problem=tabular_numbers", "dataset=number_table", f"dataset.root={tmp_path / 't'}", "data.batch_size=16")
    run = script("train", *QUICK, *words, "data.limit_samples=null", "trainer.max_epochs=30")
    predictor, rows = Predictor.load(str(run)), table(100, 7)
    found = np.array([row["prediction_value"] for row in predictor.rows(list(rows.iter_rows(named=True)))], float)
    error = np.abs(found - rows["price"].to_numpy())
    assert np.median(error) < 0.1 * np.std(rows["price"].to_numpy()) + 60_000


@pytest.mark.slow
def test_the_network_is_no_worse_than_boosted_trees(script: Run) -> None:
    """On each of five folds of the default table, with the defaults of both."""
    right: dict[str, list[np.ndarray[Any, Any]]] = {"network": [], "trees": []}
    for fold in range(5):
        words = ("problem=tabular", "data.split.folds=5", f"data.split.fold={fold}")
        run = script("train", *words, "trainer=cpu", "report=false", "logger=csv", f"name=fold{fold}")
        data, _ = data_and_pipeline(config_of(*words))
        data.setup("fit")
        train, val = data.splits["train"], data.splits["val"]
        trees = HistGradientBoostingClassifier(random_state=0).fit(
            train.input.numbers.numpy(), train.target.label.numpy()
        )
        expected = val.target.label.numpy()
        right["trees"].append(trees.predict(val.input.numbers.numpy()) == expected)
        right["network"].append(load(run).predict(val.input).label.numpy() == expected)
    network, forest = (np.concatenate(right[name]) for name in ("network", "trees"))
    assert len(network) == 455
    assert network.mean() >= forest.mean(), f"{network.mean():.4f} and {forest.mean():.4f}"
