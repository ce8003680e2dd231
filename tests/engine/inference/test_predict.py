"""Answers to files: in order, whatever lies between them, and the same from Python."""

import csv
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch
from project import Train, run_script

from input_files import write_inputs
from my_project.engine.checkpoints.checkpoint import load
from my_project.engine.core.errors import InputError
from my_project.engine.inference.predictor import Predictor
from runs import copies

COUNT = 23


@pytest.fixture(scope="module")
def runs(trained_with: Train, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two of other weights."""
    return copies([trained_with(), trained_with("seed=1")], tmp_path_factory.mktemp("runs"))


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Inputs as files, in the folder `in` below the one where the test works."""
    monkeypatch.chdir(tmp_path)
    write_inputs(Path("in"), COUNT)
    return sorted(Path("in").iterdir())


def predict(*words: str) -> list[dict[str, str]]:
    """The rows that the command writes."""
    folder = run_script("predict", "num_workers=0", *words)
    with (folder / "predictions.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_command_says_what_python_says_in_the_order_of_the_files(runs: list[Path], files: list[Path]) -> None:
    said = predict(f"run={runs[0]}", "inputs=in", "batch_size=5")
    assert [row["file"] for row in said] == [str(path) for path in files]
    rows = Predictor.load(str(runs[0])).rows(files)
    assert numbers(said) == pytest.approx(numbers([{k: str(v) for k, v in row.items()} for row in rows]), abs=1e-5)
    assert len(set(numbers(said))) > COUNT / 2
    definition = load(runs[0]).definition
    predictions = [
        Predictor.load(str(runs[0]))(given)
        for given in (files, [definition.presentation().load_input(path) for path in files])
    ]
    assert all(torch.equal(*pair) for pair in zip(*predictions, strict=True))


def numbers(said: list[dict[str, str]]) -> list[float]:
    """All numbers of the rows."""
    return [float(value) for row in said for name, value in row.items() if "prob" in name or name == "prediction_0"]


def test_batches_and_workers_change_nothing(runs: list[Path], files: list[Path]) -> None:
    alone = predict(f"run={runs[0]}", "inputs=in", "batch_size=1")
    many = predict(f"run={runs[0]}", "inputs=in", "batch_size=4", "num_workers=2")
    assert [row["file"] for row in alone] == [row["file"] for row in many]
    assert numbers(alone) == pytest.approx(numbers(many), abs=1e-5)


def test_inputs_may_be_a_pattern_an_archive_a_table_or_one_file(runs: list[Path], files: list[Path]) -> None:
    whole = {Path(row["file"]).name: row for row in predict(f"run={runs[0]}", "inputs=in")}
    with zipfile.ZipFile("in.zip", "w") as archive:
        for path in files:
            archive.write(path)
    some = [files[5], files[1], files[7]]
    Path("list.csv").write_text("\n".join(["file,note", *(f"{path},x" for path in some)]))
    pattern = f"in/00*{files[0].suffix}"
    cases = {"in.zip": files, "list.csv": some, str(files[3]): [files[3]], pattern: files[:10]}
    for word, expected in cases.items():
        said = predict(f"run={runs[0]}", f"inputs={word}")
        assert [Path(row["file"]).name for row in said] == [path.name for path in expected]
        assert numbers(said) == pytest.approx(numbers([whole[path.name] for path in expected]), abs=1e-5)
    assert [path.name for path in Path().iterdir() if path.is_dir()] == ["in"]


def test_a_broken_file_is_a_row_and_the_others_are_answered(
    runs: list[Path], files: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    whole = predict(f"run={runs[0]}", "inputs=in")
    files[2].write_bytes(files[2].read_bytes()[:20].replace(b" ", b"x") + b"?")
    files[6].write_bytes(b"")
    said = predict(f"run={runs[0]}", "inputs=in", "batch_size=4")
    assert f"{COUNT - 2} of {COUNT} files predicted" in capsys.readouterr().out
    for place, (row, before) in enumerate(zip(said, whole, strict=True)):
        assert row["file"] == before["file"]
        assert bool(row["error"]) == (place in (2, 6))
        if place in (2, 6):
            assert files[place].name in row["error"]
            assert not any(value for name, value in row.items() if name not in ("file", "error"))
    good = [place for place in range(COUNT) if place not in (2, 6)]
    assert numbers([said[place] for place in good]) == pytest.approx(numbers([whole[p] for p in good]), abs=1e-5)


def test_inputs_without_any_prediction_are_one_sentence_and_leave_no_file(runs: list[Path], files: list[Path]) -> None:
    for path in files:
        path.write_bytes(b"?")
    with pytest.raises(
        SystemExit, match=rf"None of {COUNT} inputs could be predicted; the first error: .*{files[0].name}"
    ):
        predict(f"run={runs[0]}", "inputs=in", "batch_size=5", "output=predictions/out.csv")
    assert not Path("logs").exists()
    assert not list(Path("predictions").iterdir())


def test_json_lines_hold_the_same(runs: list[Path], files: list[Path]) -> None:
    files[4].write_bytes(b"?")
    table = predict(f"run={runs[0]}", "inputs=in", "top=1")
    run_script("predict", "num_workers=0", f"run={runs[0]}", "inputs=in", "top=1", "format=jsonl", "output=a/b.jsonl")
    lines: list[dict[str, Any]] = [json.loads(line) for line in Path("a/b.jsonl").read_text().splitlines()]
    assert [line["file"] for line in lines] == [row["file"] for row in table]
    assert [line["error"] or "" for line in lines] == [row["error"] for row in table]
    for line, row in zip(lines, table, strict=True):
        assert {name: str(value) for name, value in line.items() if value is not None} == {
            name: value for name, value in row.items() if value
        }
    assert [path.name for path in Path("a").iterdir()] == ["b.jsonl"]


def test_several_runs_vote_and_must_prepare_alike(runs: list[Path], files: list[Path]) -> None:
    one, two = (numbers(predict(f"run={run}", "inputs=in", "top=99")) for run in runs)
    predictors = [Predictor.load(str(run))(files) for run in runs]
    both = Predictor.load([str(run) for run in runs])(files)
    assert one != two
    for field, first, second in zip(both, *predictors, strict=True):
        if field.is_floating_point():
            assert (field - (first + second) / 2).abs().max() < 1e-5
    other = Path(shutil.copytree(runs[1], "other"))
    checkpoint = torch.load(other / "checkpoints/best.ckpt", weights_only=True)
    checkpoint["pipeline"]["preprocess"] = {"target": "torch.nn.modules.linear.Identity", "arguments": {}}
    state = checkpoint["state_dict"]
    checkpoint["state_dict"] = {name: state[name] for name in state if ".preprocess." not in name}
    torch.save(checkpoint, other / "checkpoints/best.ckpt")
    with pytest.raises(InputError, match="cannot be an ensemble, their preprocess differs"):
        Predictor.load([str(runs[0]), str(other)])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("inputs=in/*.nix",), r"inputs=in/\*\.nix contains no readable input"),
        (("inputs=nowhere",), "inputs=nowhere does not exist: expected a file"),
        ((), "inputs is missing"),
        (("inputs=empty",), "contains no readable input"),
        (("inputs=in", "top=0"), "top = 0: expected"),
        (("inputs=in", "format=xml"), "format = 'xml': expected one of csv, jsonl"),
        (("inputs=table.csv",), "expected file or path or image name"),
    ],
)
def test_bad_input_is_one_sentence(runs: list[Path], files: list[Path], words: tuple[str, ...], sentence: str) -> None:
    Path("empty").mkdir()
    Path("table.csv").write_text("a,b\n1,2\n")
    made = sorted(runs[0].glob("predict/*"))
    with pytest.raises(SystemExit, match=sentence):
        predict(f"run={runs[0]}", *words)
    assert not Path("logs").exists(), "a refused job leaves no folder"
    assert sorted(runs[0].glob("predict/*")) == made
