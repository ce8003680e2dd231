"""`predict.py stream=true` prints continuations while they are made."""

import csv
from pathlib import Path

import pytest

from conftest import Run
from my_project.engine.inference.predictor import Predictor

QUESTIONS = ["def ", "The value of", "\u2603 is not in the alphabet"]
LENGTH = "postprocess.length=12"


def written(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_streamed_continuation_is_that_of_the_file(
    trained_with: Run, script: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, prompts = trained_with("language_model"), tmp_path / "prompts.txt"
    prompts.write_text("\n".join(QUESTIONS))
    words = (f"run={run}", "inputs=prompts.txt", LENGTH, "num_workers=0")
    script("predict", *words, "output=at_once.csv")
    capsys.readouterr()
    script("predict", *words, "output=streamed.csv", "stream=true")
    printed = capsys.readouterr().out
    rows = written(tmp_path / "streamed.csv")
    assert rows == written(tmp_path / "at_once.csv")
    for row in rows:
        assert f"{row['file']}\n{row['continuation'] or row['error']}\n\n" in printed
    assert [len(row["continuation"]) for row in rows] == [12, 12, 0]


def test_characters_are_shown_one_by_one(trained_with: Run) -> None:
    predictor = Predictor.load(str(trained_with("language_model")), postprocess={"length": 5})
    shown: list[str] = []
    prediction = predictor.predict(predictor.stack([predictor.prepare("def ")], "a text"), shown.append)
    assert [len(piece) for piece in shown] == [1] * 5
    assert predictor.presentation.prediction_text(prediction) == ["".join(shown)]


def test_a_problem_without_continuations_refuses_to_stream(trained_with: Run, script: Run) -> None:
    run = trained_with("tabular")
    with pytest.raises(SystemExit, match="predictions of a TabularClasses are made at once: leave stream out"):
        script("predict", f"run={run}", "inputs=.", "stream=true")
