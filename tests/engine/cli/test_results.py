"""What a script makes of one run lies in the folder of that run, complete or not at all."""

import shutil
from pathlib import Path

import pytest
from project import Train, run_script, run_train

from input_files import write_inputs
from my_project.engine.checkpoints.runs import folder_of, runs_of
from my_project.engine.core.errors import InputError
from runs import copies, dataset_of, names


@pytest.fixture
def runs(trained_with: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Two runs in logs/default/ of an empty folder, where the test works."""
    monkeypatch.chdir(tmp_path)
    return copies([trained_with("scheduler=constant"), trained_with("scheduler=constant", "seed=1")], tmp_path)


@pytest.mark.slow
def test_results_are_no_runs(runs: list[Path]) -> None:
    write_inputs(Path("in"), 3)
    run_script("evaluate", "run=logs/default/*")
    run_script("predict", "run=logs/default/*", "inputs=in", "num_workers=0")
    for script, words in {"evaluate": (), "export": ("format=safetensors",), "predict": ("inputs=in",)}.items():
        run_script(script, f"run={runs[0]}", *words)
    results = [path.parent for path in Path("logs").rglob(".hydra") if path.parent.resolve() not in runs]
    assert len(results) == 5
    for trained in (True, False):
        for pattern in ("logs/*/*", "logs/*/*/*", "logs/*/*/*/*"):
            try:
                found = set(runs_of(pattern, trained=trained).values())
            except InputError:
                found = set()
            assert {path for path in found if path.is_dir()} == ({*runs} if pattern == "logs/*/*" else set())
    for folder in results:
        with pytest.raises(InputError, match="holds results of a run: expected the folder of a run"):
            folder_of(folder)
    run_train(f"resume={runs[0]}", "trainer.max_epochs=3")


@pytest.mark.slow
def test_exports_of_other_formats_and_weights_lie_side_by_side(
    runs: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    cases = {
        "model.safetensors": (), "model.pt2": ("format=torch_export",), "model-raw.safetensors": ("weights=raw",),
        "model-last.safetensors": (f"run={runs[0]}/checkpoints/last.ckpt",),
    }  # fmt: skip
    for name, words in cases.items():
        folder = run_script("export", "format=safetensors", f"run={runs[0]}", *words)
        assert folder == runs[0] / "export"
        said = capsys.readouterr().out
        assert f"file: {folder / name}\nmodel card: {folder / name}.md" in said
        assert name in (folder / f"{name}.md").read_text()
    assert names(folder) == sorted([".hydra", "export.log", *cases, *(f"{name}.md" for name in cases)])
    assert names(Path("logs")) == ["default"]
    run_script("export", f"run={runs[0]}", "format=safetensors", "output=there/x.safetensors")
    assert names(Path("there")) == ["x.safetensors", "x.safetensors.md"]
    assert names(folder) == sorted([".hydra", "export.log", *cases, *(f"{name}.md" for name in cases)])


def test_predictions_lie_in_their_run_and_replace_none(runs: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    suffix = next(path.suffix for path in [*write_inputs(Path("one/in"), 3), *write_inputs(Path("two/in"), 3)])
    words = ("num_workers=0", f"run={runs[0]}")
    for inputs in ("one/in", "two/in", "one/in", f"one/in/*{suffix}"):
        folder = run_script("predict", *words, f"inputs={inputs}")
        assert folder.parent == runs[0] / "predict"
        assert folder.name.startswith("in-2")
        assert f"3 of 3 files predicted: {folder}/predictions.csv" in capsys.readouterr().out
        assert names(folder) == [".hydra", "predict.log", "predictions.csv"]
    assert len(list((runs[0] / "predict").iterdir())) == 4
    assert names(Path("logs")) == ["default"]
    both = run_script("predict", "run=logs/default/*", "inputs=one/in", "num_workers=0")
    assert both.parent == Path("logs/predict").resolve()
    assert names(both) == [".hydra", "predict.log", "predictions.csv", "runs.txt"]
    assert (both / "runs.txt").read_text().split() == sorted(map(str, runs))


def test_the_results_of_a_checkpoint_elsewhere_lie_in_logs(runs: list[Path]) -> None:
    shutil.copy(runs[0] / "checkpoints" / "best.ckpt", "alone.ckpt")
    write_inputs(Path("in"), 3)
    folder = run_script("predict", "run=alone.ckpt", "inputs=in", "num_workers=0")
    assert folder.parent == Path("logs/predict").resolve()
    assert "predictions.csv" in names(folder)
    folder = run_script("export", "run=alone.ckpt", "format=safetensors")
    assert folder.parent == Path("logs/export").resolve()
    assert "model.safetensors" in names(folder)


def test_what_cannot_be_put_into_the_run_stays_in_logs(runs: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    write_inputs(Path("in"), 3)
    cases = {"evaluate": (), "export": ("format=safetensors",), "predict": ("inputs=in", "num_workers=0")}
    for script, words in cases.items():
        (runs[0] / script).write_text("no folder")
        folder = run_script(script, f"run={runs[0]}", *words)
        assert folder.parent == Path("logs", script).resolve()
        assert list(folder.rglob("predictions.csv" if script != "export" else "model.safetensors"))
        (line,) = [line for line in capsys.readouterr().out.splitlines() if "cannot be moved" in line]
        assert str(runs[0] / script) in line
        assert line.endswith(f") and stay in {folder}")
        assert "cannot be moved" in (folder / f"{script}.log").read_text()


@pytest.mark.slow
def test_the_command_line_may_name_the_place(runs: list[Path]) -> None:
    for word in ("output_dir=there", "hydra.run.dir=place"):
        run_script("evaluate", f"run={runs[0]}", word)
        assert not (runs[0] / "evaluate").exists()
    assert names(Path("there")) == [runs[0].name]
    assert names(Path("place")) == sorted([".hydra", "evaluate.log", runs[0].name])
    run_script("report", f"run={runs[0]}", f"hydra.run.dir={runs[1]}", "hydra.output_subdir=x")
    assert (runs[1] / ".hydra").is_dir()


def test_a_page_of_a_run_leaves_no_folder_of_a_job(runs: list[Path]) -> None:
    run_script("report", f"run={runs[0]}")
    assert (runs[0] / "report.html").is_file()
    assert names(Path("logs")) == ["default"]


@pytest.mark.slow
def test_a_multirun_writes_to_the_runs_too(runs: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["evaluate.py", "-m", f"run={runs[0]},{runs[1]}", "split=val,test"]
    with monkeypatch.context() as patch:
        patch.setattr("sys.argv", words)
        from evaluate import main

        main()
    for run in runs:
        assert {path.name for path in (run / "evaluate").iterdir()} == {
            f"{dataset_of(run)}-{split}" for split in ("val", "test")
        }
