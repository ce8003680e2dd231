"""What a script makes of one run lies in the folder of that run, complete or not at all."""

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from project import Train, run_script, run_train

from input_files import write_inputs
from my_project.engine.checkpoints.runs import folder_of, runs_of
from my_project.engine.core.errors import InputError
from my_project.engine.core.files import put
from runs import copies


@pytest.fixture
def runs(trained_with: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Two runs in logs/default/ of an empty folder, where the test works."""
    monkeypatch.chdir(tmp_path)
    return copies([trained_with("scheduler=constant"), trained_with("scheduler=constant", "seed=1")], tmp_path)


def dataset_of(run: Path) -> str:
    saved: Any = yaml.safe_load((run / ".hydra" / "hydra.yaml").read_text())
    return str(saved["hydra"]["runtime"]["choices"]["dataset"])


def names(folder: Path) -> list[str]:
    """Names of what lies in a folder, without the tables and charts of an evaluation."""
    usual = (".png", ".parquet", "worst.csv")
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(usual))


def test_an_evaluation_lies_in_its_run(runs: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    name = dataset_of(runs[0])
    cases = {
        (): f"{name}-test",
        ("split=val",): f"{name}-val",
        ("weights=raw",): f"{name}-test-raw",
        (f"dataset={name}", "data.batch_size=7"): f"{name}-test",
        ("data.limit_samples=20", "split=train"): f"{name}-train-limit_samples-20",
        (f"run={runs[0]}/checkpoints/best.ckpt",): f"{name}-test",
        (f"run={runs[0]}/checkpoints/last.ckpt", "weights=raw"): f"{name}-test-last-raw",
    }
    for words, expected in cases.items():
        folder = run_script("evaluate", f"run={runs[0]}", *words)
        assert folder == runs[0] / "evaluate" / expected
        assert names(folder) == [".hydra", "evaluate.log", "metrics.json", "predictions.csv"]
        assert f"folder: {folder}" in capsys.readouterr().out
    assert sorted(path.name for path in (runs[0] / "evaluate").iterdir()) == sorted({*cases.values()})
    assert names(Path("logs")) == ["default"]


def test_a_resumed_run_keeps_the_name_of_its_dataset(runs: list[Path]) -> None:
    (runs[0] / ".hydra" / "hydra.yaml").write_text(
        (runs[0] / ".hydra" / "hydra.yaml").read_text().replace(f"dataset: {dataset_of(runs[0])}", "dataset: renamed")
    )
    for last in (3, 4):
        run_train(f"resume={runs[0]}", f"trainer.max_epochs={last}")
    assert run_script("evaluate", f"run={runs[0]}").name == "renamed-test"
    (runs[0] / ".hydra" / "hydra.yaml").unlink()
    target = yaml.safe_load((runs[0] / ".hydra" / "config.yaml").read_text())["dataset"]["_target_"]
    name = run_script("evaluate", f"run={runs[0]}").name.removesuffix("-test")
    assert name.replace("_", "") == target.rpartition(".")[2].lower()


def test_an_evaluation_replaces_the_same_one_whole_or_not_at_all(
    runs: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = run_script("evaluate", f"run={runs[0]}")
    (folder / "metrics.json").write_text("an older one")
    (folder / "left.png").write_text("of an older one")
    before = sorted(runs[0].rglob("*"))
    with monkeypatch.context() as patch:
        patch.setattr("my_project.engine.reports.evaluation.write_charts", lambda *_: 1 / 0)
        with pytest.raises(SystemExit):
            run_script("evaluate", f"run={runs[0]}")
    assert sorted(runs[0].rglob("*")) == before
    assert (folder / "metrics.json").read_text() == "an older one"
    (log,) = Path("logs/evaluate").glob("*/evaluate.log")
    assert "ZeroDivisionError" in log.read_text()
    assert run_script("evaluate", f"run={runs[0]}") == folder
    assert json.loads((folder / "metrics.json").read_text())["samples"] > 1
    assert not (folder / "left.png").exists()
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_several_evaluations_lie_in_their_runs_and_links_show_them(runs: list[Path]) -> None:
    folder = run_script("evaluate", "run=logs/default/*", "ensemble=mean")
    assert folder.parent == Path("logs/evaluate").resolve()
    expected = [".hydra", "comparison.csv", "evaluate.log", "mean of all", *(run.name for run in runs)]
    assert names(folder) == sorted(expected)
    assert [line.split(",")[0] for line in (folder / "comparison.csv").read_text().splitlines()] == [
        "run", *sorted(run.name for run in runs), "mean of all"
    ]  # fmt: skip
    for run in runs:
        link, target = folder / run.name, run / "evaluate" / f"{dataset_of(run)}-test"
        assert os.readlink(link) == f"../../default/{run.name}/evaluate/{target.name}"
        assert link.resolve() == target
        assert names(target) == ["metrics.json", "predictions.csv"]
    assert names(folder / "mean of all") == ["metrics.json", "predictions.csv"]


def test_without_symbolic_links_a_file_has_the_path(runs: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError("the file system has no symbolic links")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    folder = run_script("evaluate", f"run=[{runs[0]},{runs[1]}]")
    for run in runs:
        target = Path((folder / f"{run.name}.txt").read_text().strip())
        assert (folder / target).resolve() == run / "evaluate" / f"{dataset_of(run)}-test"


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


def test_a_multirun_writes_to_the_runs_too(runs: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["evaluate.py", "-m", f"run={runs[0]},{runs[1]}", "split=val,test"]
    with monkeypatch.context() as patch:
        patch.setattr("sys.argv", words)
        from evaluate import main

        from my_project.engine.cli.command_line import launch

        launch(main, "evaluate")
    for run in runs:
        assert {path.name for path in (run / "evaluate").iterdir()} == {
            f"{dataset_of(run)}-{split}" for split in ("val", "test")
        }


def test_a_folder_is_put_in_place_of_another_or_the_other_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new, target = tmp_path / "new", tmp_path / "deep" / "target"
    for folder in (new, target):
        folder.mkdir(parents=True)
        (folder / folder.name).write_text("x")
    rename = Path.rename

    def broken(self: Path, to: Path) -> Path:
        if self.name == "new":
            raise OSError("a broken disk")
        return rename(self, to)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", broken)
        with pytest.raises(OSError, match="broken disk"):
            put(new, target)
    assert [path.name for path in target.iterdir()] == ["target"]

    def refuse(*_: Any) -> None:
        raise OSError("the file system has no hard links")

    with monkeypatch.context() as patch:
        patch.setattr("os.link", refuse)
        put(new, target)
    assert [path.name for path in target.iterdir()] == ["new"]
    assert [path.name for path in target.parent.iterdir()] == ["target"]
    assert (new / "new").is_file()


def test_jobs_may_put_the_same_folder_at_the_same_time(tmp_path: Path) -> None:
    target = tmp_path / "target"
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).write_text(name)
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(put, tmp_path / name, target) for name in ("one", "two") * 100]:
            done.result()
    assert len(list(target.iterdir())) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "target", "two"]
