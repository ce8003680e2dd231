"""Labels that the predictions of a cross-validation contradict are found, listed and left out."""

import csv
from pathlib import Path

import numpy as np
import pytest
from project import default_dataset, run_script, run_train

from my_project.engine.core.errors import InputError
from my_project.engine.data.filter import SampleId, Unlisted
from my_project.engine.reports.confident import doubted


def test_flipped_labels_come_first() -> None:
    draws = np.random.default_rng(0)
    true = draws.integers(0, 4, 2000)
    scores = draws.normal(0, 1, (2000, 4)) + 4 * np.eye(4)[true]
    probability = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    flipped = draws.random(2000) < 0.05
    label = np.where(flipped, (true + draws.integers(1, 4, 2000)) % 4, true)
    found = doubted(label, probability)
    first = [place for place, _ in found[:200]]
    assert flipped[first].sum() > 0.8 * flipped.sum()
    suggested = dict(found)
    assert np.mean([suggested[place] == true[place] for place in first if flipped[place]]) > 0.9
    assert len(doubted(true, np.eye(4)[true])) == 0, "no doubt"
    assert doubted(np.zeros(8, np.int64), np.full((8, 4), 0.25)) == [], "classes without a sample are not likely"


@pytest.mark.slow
@pytest.mark.usefixtures("train")
def test_five_folds_find_most_of_the_flipped_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = default_dataset()
    get = kind.get_label

    def flipped(self: object, token: int) -> int:
        return int((get(self, token) + (1 + token % 9 if token % 20 == 7 else 0)) % 10)

    monkeypatch.setattr(kind, "get_label", flipped)
    train = list(kind().tokens("train"))
    for fold in range(5):
        words = ("data.split.folds=5", f"data.split.fold={fold}", "name=folds", "trainer.max_epochs=6", "trainer=cpu")
        run_train(*words, "report=false", "logger=csv", "data.num_workers=0")
    folder = run_script("explore", "runs=logs/folds/*")
    with (folder / "labels.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["by"] == "runs"]
    wrong = [place for place, token in enumerate(train) if token % 20 == 7]
    first = [int(row["id"]) for row in rows[: len(train) // 10]]
    assert len(set(wrong) & set(first)) > 0.8 * len(wrong)
    assert {row["split"] for row in rows} == {"train"}
    with (folder / "labels.csv").open(newline="") as file:
        left_out = sum(row["split"] == "train" for row in csv.DictReader(file))
    made = run_script("explore", "data/split/filter=unlisted", f"data.split.filter.file={folder / 'labels.csv'}")
    assert f": {1797 - left_out:,} samples" in (made / "data.html").read_text()
    (next(iter(Path("logs/folds").iterdir())) / "val" / "predictions.parquet").unlink()
    with pytest.raises(SystemExit, match=r"has no val/predictions\.parquet: name runs that train\.py has finished"):
        run_script("explore", "runs=logs/folds/*")


def test_a_sample_that_was_looked_at_is_kept(tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("split,id,label,corrected\ntrain,3,7,\ntrain,4,7,7\ntest,5,7,2\n")
    keep = Unlisted(str(table))
    samples = [SampleId("train", 3), SampleId("train", 4), SampleId("test", 5), SampleId("test", 3)]
    assert [keep(default_dataset()(), 0, sample) for sample in samples] == [False, True, True, True]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("id,label\n3,7\n", r"line 2 has no split \(train, val, test\) and id"), ("split,id\ntrain,x\n", "line 2 has no")],
)
def test_a_table_without_samples_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InputError, match=sentence):
        Unlisted(str(tmp_path / "t.csv"))
    with pytest.raises(InputError, match=r"cannot be read .*name a labels\.csv"):
        Unlisted(str(tmp_path / "missing.csv"))
