"""`python compare.py`: is one run better than another?"""

import json
import shutil
import sys
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path

import polars as pl
import pytest
from jsonschema import validate
from project import QUICK, run_train

from my_project.engine.cli.compare_runs import main
from my_project.engine.reports.differences import compared
from my_project.engine.reports.sides import sides_of

NUMBER, TEXT = {"type": "number"}, {"type": "string"}
ENDS = ["value", "low", "high"]
INTERVAL = {
    "type": "object",
    "properties": dict.fromkeys([*ENDS, "p"], NUMBER),
    "required": [*ENDS, "p"],
    "additionalProperties": False,
}
SCORE = {**INTERVAL, "properties": dict.fromkeys(ENDS, NUMBER), "required": ENDS}
FIELDS = {
    "split": {"enum": ["val", "test"]},
    "metric": TEXT,
    "samples": {"type": "integer"},
    "one": TEXT,
    "other": TEXT,
    "scores": {"type": "array", "items": SCORE, "minItems": 2, "maxItems": 2},
    "difference": INTERVAL,
    "p": {"type": "number", "minimum": 0, "maximum": 1},
    "better": {"type": ["string", "null"]},
    "seeds_needed": {"type": ["integer", "null"]},
    "single": {"type": "boolean"},
    "sentence": TEXT,
}
SCHEMA = {
    "type": "array",
    "items": {"type": "object", "properties": FIELDS, "required": list(FIELDS), "additionalProperties": False},
}
"""Of `format=json`; programs rely on it."""
Compare = Callable[..., str]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """A good one, one that has learned nothing, and both with another seed."""
    words = (*QUICK, "data.limit_samples=400", "trainer.max_epochs=6", "network=mlp", "optimizer.lr=1e-2")
    with chdir(tmp_path_factory.mktemp("runs")):
        return [
            run_train(*words, f"name={name}", *more)
            for name, more in {
                "good": (),
                "bad": ("optimizer.lr=1e-6",),
                "good1": ("seed=1",),
                "bad1": ("optimizer.lr=1e-6", "seed=1"),
            }.items()
        ]


@pytest.fixture
def compare(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Compare:
    """What `python compare.py runs=[…] <words>` prints."""

    def said(runs: list[Path], *words: str) -> str:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["compare.py", f"runs=[{','.join(map(str, runs))}]", *words])
        main()
        out, err = capsys.readouterr()
        return out if "format=json" in words else out + err

    return said


def test_a_better_run_is_named_with_its_difference(runs: list[Path], compare: Compare) -> None:
    said = compare(runs[:2])
    good, bad = (run.name for run in runs[:2])
    for split in ("val", "test"):
        assert f"{split}/acc: [{good} (optimizer.lr=1e-2)] is better than [{bad} (optimizer.lr=1e-6)] by 0." in said
    assert "this compares these runs, not their configs" in said
    assert "The first was chosen on these validation samples" in said
    assert compare(runs[1::-1]) == said, "the best by validation is first, in any order"


def test_equal_runs_show_no_difference(runs: list[Path], compare: Compare, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(runs[0], tmp_path / "copy"))
    config = copy / ".hydra" / "config.yaml"
    config.write_text(config.read_text().replace("momentum: ", "momentum: 0").replace("patience: ", "patience: 1"))
    config.write_text(config.read_text().replace("every_n_steps: 50", "every_n_steps: 51"))
    said = compare([runs[0], copy])
    assert "val/acc: no difference shown, [" in said
    assert "is better than" not in said


def test_seeds_are_runs_of_one_config(runs: list[Path], compare: Compare) -> None:
    said = compare(runs)
    assert "test/acc: [2 seeds (optimizer.lr=1e-2)] is better than [2 seeds (optimizer.lr=1e-6)]" in said
    assert "has other val samples or metrics than most (those of val depend on the seed)" in said


def test_scores_are_those_of_the_runs_and_programs_can_read_them(runs: list[Path], compare: Compare) -> None:
    found = json.loads(compare(runs[:2], "format=json"))
    validate(found, SCHEMA)
    assert {each["metric"] for each in found} >= {"loss", "acc"}
    for each in found:
        for name, score in zip((each["one"], each["other"]), each["scores"], strict=True):
            (run,) = [run for run in runs if run.name in name]
            said = json.loads((run / each["split"] / "metrics.json").read_text())
            assert score["value"] == pytest.approx(said[each["metric"]], rel=1e-4)
            assert score["low"] <= score["value"] <= score["high"]
        change = each["scores"][1]["value"] - each["scores"][0]["value"]
        assert each["difference"]["value"] == pytest.approx(change)


def test_the_order_of_rows_changes_nothing(runs: list[Path], tmp_path: Path) -> None:
    copy = Path(shutil.copytree(runs[1], tmp_path / "copy"))
    path = copy / "test" / "predictions.parquet"
    table, metadata = pl.read_parquet(path), pl.read_parquet_metadata(path)
    table.reverse().write_parquet(path, metadata={key: metadata[key] for key in ("definition", "metrics")})
    found, again = (compared(sides_of({"a": runs[0], "b": other}, "test"), "test") for other in (runs[1], copy))
    assert [each.difference for each in found] == [each.difference for each in again]


def test_a_run_without_rows_is_left_out_until_it_is_evaluated(
    runs: list[Path], compare: Compare, tmp_path: Path
) -> None:
    bare = Path(shutil.copytree(runs[1], tmp_path / "bare"))
    (bare / "evaluate").mkdir()
    (bare / "test").rename(bare / "aside")
    said = compare([*runs[:2], bare], "split=test")
    assert (
        f"not compared: {bare} has no rows of test samples (`python evaluate.py run=… split=test` writes them)" in said
    )
    (bare / "aside").rename(bare / "evaluate" / "digits-test")
    assert "not compared" not in compare([*runs[:2], bare], "split=test")


def test_what_cannot_be_compared_is_one_sentence(runs: list[Path], compare: Compare, tmp_path: Path) -> None:
    for chosen, words, sentence in (
        ([runs[0], runs[2]], ("split=test",), "The 2 runs have one config, but for the seed"),
        ([runs[0], runs[3]], ("split=val",), "Two runs or more can be compared, found 1 with rows of val samples."),
        ([runs[0]], (), "Two runs or more can be compared, found 1"),
        ([runs[0], tmp_path], (), "There is no"),
        ([], (), "runs is missing"),
    ):
        with pytest.raises(SystemExit) as stopped:
            compare(chosen, *words)
        assert sentence in str(stopped.value.code)
