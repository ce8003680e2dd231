"""Each verb works for each problem of the project."""

import asyncio
import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx2
import polars as pl
import pytest
from PIL import Image
from project import rows

from conftest import Run, each_family
from inputs import COUNT, as_formats, write_inputs
from my_project.engine.inference.predictor import Predictor
from my_project.engine.inference.record_files import read_rows
from my_project.engine.serving.responder import Responder
from my_project.engine.serving.server import application

ROWS = ("tabular", "tabular_numbers", "blank")  # problems whose inputs are rows of numbers
TEXTS = ("text_classification", "language_model")


def test_a_run_leaves_checkpoints_rows_pictures_and_a_page(problem: str, trained_with: Run) -> None:
    folder = trained_with(problem)
    for name in ("checkpoints/best.ckpt", "metrics.csv", "test/predictions.csv", "report.html", "pictures/worst.png"):
        assert (folder / name).stat().st_size > 500, name
    for path in (folder / "pictures").glob("*.png"):
        with Image.open(path) as image:
            assert min(image.size) > 50, path
    assert len(rows(folder)) >= 2


@pytest.mark.slow
@each_family
def test_evaluate_gives_what_the_run_said_for_any_batch_size(problem: str, trained_with: Run, script: Run) -> None:
    run = trained_with(problem)
    said = json.loads((run / "test" / "metrics.json").read_text())
    script("evaluate", f"run={run}", "data.batch_size=5", "output_dir=out")
    folder = next(Path("out").rglob("metrics.json")).parent
    found = json.loads((folder / "metrics.json").read_text())
    assert found.keys() == said.keys()
    assert found["loss"] == pytest.approx(said["loss"], rel=1e-3)
    table, tested = (pl.read_parquet(part / "predictions.parquet") for part in (folder, run / "test"))
    assert table.columns == tested.columns
    assert table["id"].to_list() == tested["id"].to_list()


@pytest.mark.slow
@each_family
def test_explore_writes_a_page(problem: str, script: Run) -> None:
    folder = script("explore", f"problem={problem}", "data.limit_samples=64")
    assert (folder / "data.html").stat().st_size > 10_000


def predicted(script: Run, run: Path, inputs: Path, *words: str) -> list[dict[str, str]]:
    script("predict", f"run={run}", f"inputs={inputs}", "output=answers.csv", "num_workers=0", *words)
    with Path("answers.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
@each_family
def test_predictions_of_files_rows_and_lines(problem: str, trained_with: Run, script: Run, tmp_path: Path) -> None:
    run, inputs = trained_with(problem), write_inputs(problem, tmp_path / "in")
    answers = predicted(script, run, inputs)
    assert len(answers) == COUNT
    assert not any(row["error"] for row in answers)
    one_by_one = predicted(script, run, inputs, "batch_size=1")
    for row, alone in zip(answers, one_by_one, strict=True):
        for name, value in row.items():
            try:
                assert float(value) == pytest.approx(float(alone[name]), rel=1e-3, abs=1e-4)
            except ValueError:
                assert value == alone[name] or "e-" in value
    if problem in ROWS:
        formats = [predicted(script, run, path) for path in as_formats(inputs)]
        texts = [[{**row, "file": ""} for row in each] for each in formats]
        assert texts[0] == texts[1] == texts[2]


@pytest.mark.slow
def test_masks_are_files_in_the_size_of_their_image(trained_with: Run, script: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    Image.new("RGB", (100, 40), "navy").save(tmp_path / "in" / "wide.png")
    Image.new("L", (64, 64)).save(tmp_path / "in" / "gray.jpg")
    answers = predicted(script, trained_with("segmentation"), tmp_path / "in")
    assert [row["output"] for row in answers] == ["answers_files/gray.png", "answers_files/wide.png"]
    for name, size in (("gray", (64, 64)), ("wide", (100, 40))):
        with Image.open(tmp_path / "answers_files" / f"{name}.png") as mask:
            assert mask.size == size
            assert set(mask.get_flattened_data()) <= {0, 1, 2, 3}


@pytest.mark.slow
@each_family
@pytest.mark.parametrize("suffix", ["onnx", "pt2"])
def test_an_exported_file_answers_as_the_checkpoint(problem: str, suffix: str, trained_with: Run, script: Run) -> None:
    file_format = {"onnx": "onnx", "pt2": "torch_export"}[suffix]
    words = (f"run={trained_with(problem)}", f"format={file_format}", f"output=model.{suffix}")
    script("export", *words)  # which compares the predictions, also of other sizes
    assert Path(f"model.{suffix}").stat().st_size > 1000


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["onnx", "pt2"])
def test_an_lstm_is_exported_for_any_length(suffix: str, trained_with: Run, script: Run) -> None:
    run = trained_with("language_model", "network=token_lstm", "network.hidden=8", "~callback.pictures")
    script("export", f"run={run}", f"format={'onnx' if suffix == 'onnx' else 'torch_export'}", f"output=m.{suffix}")
    assert Path(f"m.{suffix}").stat().st_size > 1000


@pytest.mark.slow
@each_family
def test_runs_vote(problem: str, trained_with: Run, script: Run) -> None:
    runs = [trained_with(problem), trained_with(problem, "seed=1")]
    words = (f"run=[{','.join(map(str, runs))}]", "ensemble=mean", "output_dir=out")
    if problem == "language_model":
        with pytest.raises(SystemExit):
            script("evaluate", *words)
        return
    script("evaluate", *words)
    tables = list(Path("out").rglob("predictions.parquet"))
    assert len(tables) == 3
    (ensemble,) = [path for path in Path("out").rglob("metrics.json") if "mean" in path.parent.name]
    alone = json.loads((runs[0] / "test" / "metrics.json").read_text())
    numbers = {name for name, value in alone.items() if isinstance(value, float)}
    assert json.loads(ensemble.read_text()).keys() >= numbers


@pytest.mark.slow
@each_family
def test_a_report_compares_runs(problem: str, trained_with: Run, script: Run) -> None:
    runs = [trained_with(problem), trained_with(problem, "seed=1")]
    folder = script("report", f"runs=[{','.join(map(str, runs))}]")
    assert next(folder.glob("*.html")).stat().st_size > 10_000


@pytest.mark.slow
@each_family
def test_the_predictor_takes_what_the_files_hold(problem: str, trained_with: Run, tmp_path: Path) -> None:
    predictor, inputs = Predictor.load(str(trained_with(problem))), write_inputs(problem, tmp_path / "in")
    if inputs.is_dir():
        records: Sequence[object] = sorted(inputs.iterdir())
    elif inputs.suffix == ".txt":
        records = list(inputs.read_text().splitlines())
    else:
        records = list(pl.read_csv(inputs, infer_schema_length=None).iter_rows(named=True))
    assert len(predictor.rows(records)) == COUNT


@pytest.mark.slow
@each_family
def test_the_server_answers_files_rows_and_texts(problem: str, trained_with: Run, tmp_path: Path) -> None:
    predictor, inputs = Predictor.load(str(trained_with(problem))), write_inputs(problem, tmp_path / "in")
    paths = sorted(inputs.iterdir()) if inputs.is_dir() else [inputs]
    records = [row for path in paths if not inputs.is_dir() for row in read_rows(path)]

    async def answers(responder: Responder) -> tuple[Any, Any, Any]:
        transport = httpx2.ASGITransport(application(responder, max_files=9, max_bytes=10**7))
        async with httpx2.AsyncClient(transport=transport, base_url="http://server") as client:
            sent = [("files", (path.name, path.read_bytes())) for path in paths]
            files = await client.post("/predict?pictures=true", files=sent)
            said = await client.post("/predict", json=records) if records else None
            return files.json(), said and said.json(), (await client.get("/about")).json()

    with Responder(predictor, top=2, batch_size=8, max_wait=5, num_workers=1) as responder:
        rows, said, facts = asyncio.run(answers(responder))
    assert len(rows) == COUNT
    assert not any(row["error"] for row in rows)
    assert bool(facts["columns"]) == bool(records)
    assert all(bool(row["picture"]) == inputs.is_dir() for row in rows)
    for row, one in zip(said or (), rows, strict=bool(said)):
        assert row["error"] is None
        assert row.keys() | {"picture"} == one.keys()
