"""An evaluation lies in the folder of its run; one of several runs links to theirs."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from project import Train, run_script, run_train

from runs import copies, dataset_of, names


@pytest.fixture
def runs(trained_with: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Two runs in logs/default/ of an empty folder, where the test works."""
    monkeypatch.chdir(tmp_path)
    return copies([trained_with("scheduler=constant"), trained_with("scheduler=constant", "seed=1")], tmp_path)


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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_without_symbolic_links_a_file_has_the_path(runs: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError("the file system has no symbolic links")

    monkeypatch.setattr(Path, "symlink_to", refuse)
    folder = run_script("evaluate", f"run=[{runs[0]},{runs[1]}]")
    for run in runs:
        target = Path((folder / f"{run.name}.txt").read_text().strip())
        assert (folder / target).resolve() == run / "evaluate" / f"{dataset_of(run)}-test"
