"""`evaluate.py by=<column>`: parts of a split, which add up to it."""

import csv
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from project import Train, run_script

from my_project.engine.core.errors import InputError
from my_project.engine.inference.predictions import Evaluated, read
from my_project.engine.reports.slices import slices_of, write_slices


@pytest.fixture(scope="module")
def evaluated(trained_with: Train) -> Evaluated:
    return read(trained_with() / "test" / "predictions.parquet")


@pytest.fixture
def facts(evaluated: Evaluated, tmp_path: Path) -> Path:
    """A file with two facts of all samples but one, in another order."""
    ids = evaluated.table["id"].to_list()[1:]
    pens = ["blue" if number % 3 else "red" for number in ids]
    path = tmp_path / "facts.csv"
    pl.DataFrame({"id": ids, "pen": pens, "tilt": [number**1.5 for number in ids]}).reverse().write_csv(path)
    return path


@pytest.mark.parametrize("column", ["target", "pen", "tilt"])
def test_the_mean_over_slices_weighted_by_count_is_the_total(evaluated: Evaluated, facts: Path, column: str) -> None:
    slices = slices_of(evaluated, column, facts)
    counts = np.array([each.samples for each in slices])
    assert counts.sum() == len(evaluated.table)
    right = np.array([each.scores["acc"][0] for each in slices])
    assert (right * counts).sum() / counts.sum() == pytest.approx(evaluated.table["correct"].mean())
    for each in slices:
        value, low, high = each.scores["acc"]
        assert 0 <= low <= value <= high <= 1
        assert high - low < 1


def test_the_worst_comes_first_and_is_marked(evaluated: Evaluated, tmp_path: Path) -> None:
    slices = slices_of(evaluated, "target")
    expected = evaluated.table.group_by("target").agg(pl.col("correct").mean()).sort("correct")["correct"]
    assert [each.scores["acc"][0] for each in slices] == pytest.approx(expected.to_list())
    table = write_slices(slices, "target", tmp_path / "slices.csv")
    assert [row[0].endswith("worst") for row in table[1:]] == [True] + [False] * (len(slices) - 1)
    assert len((tmp_path / "slices.csv").read_text().splitlines()) == len(slices) + 1


def test_numbers_with_many_values_are_put_into_ranges(evaluated: Evaluated, facts: Path) -> None:
    slices = {each.value: each.samples for each in slices_of(evaluated, "tilt", facts)}
    assert slices.pop("(none)") == 1
    assert len(slices) == 5
    assert max(slices.values()) - min(slices.values()) <= 2
    assert sum("up to" in name for name in slices) == sum("above" in name for name in slices) == 1


def test_mistakes_are_one_sentence(evaluated: Evaluated, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"by = los: there is no such column, did you mean loss\?"):
        slices_of(evaluated, "los")
    with pytest.raises(InputError, match="by = pen: there is no such column, expected one of id, "):
        slices_of(evaluated, "pen")
    wrong = tmp_path / "wrong.csv"
    for text, said in (
        ("pen\nblue\n", "expected id or path"),
        ("id,pen\n99999,blue\n", "has no id of these samples"),
        ("id,pen\n1,blue\n1,red\n", "has id 1 more than once"),
    ):
        wrong.write_text(text)
        with pytest.raises(InputError, match=said):
            slices_of(evaluated, "pen", wrong)
    with pytest.raises(InputError, match="cannot be read"):
        slices_of(evaluated, "pen", tmp_path / "nothing.csv")


def test_evaluate_prints_and_keeps_them(
    trained_with: Train, facts: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(facts.parent)
    stored = trained_with() / "test" / "predictions.parquet"
    run_script("evaluate", f"predictions={stored}", "by=pen", f"metadata={facts}", "output_dir=out")
    said = capsys.readouterr().out
    assert "by pen" in said
    assert "← worst" in said
    (path,) = Path("out").rglob("slices.csv")
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["pen"] for row in rows} == {"blue", "red", "(none)"}


def test_metadata_without_a_column_is_refused(
    trained_with: Train, monkeypatch: pytest.MonkeyPatch, facts: Path
) -> None:
    run = trained_with()
    monkeypatch.chdir(facts.parent)
    with pytest.raises(SystemExit, match="has columns for by=<column>, which is missing"):
        run_script("evaluate", f"run={run}", f"metadata={facts}")
