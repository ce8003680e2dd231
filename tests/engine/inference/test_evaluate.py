"""A row for each sample, figures that are those of the training, and votes."""

import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import torch
import yaml
from polars.testing import assert_frame_equal
from project import Train, rows, run_script, run_train

from runs import copies


@pytest.fixture(scope="module")
def runs(trained_with: Train, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three that differ in the seed of the weights, and validate on other samples."""
    return copies([trained_with(), trained_with("seed=1"), trained_with("seed=2")], tmp_path_factory.mktemp("runs"))


@pytest.fixture
def _empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def evaluate(*words: str) -> Path:
    return run_script("evaluate", *words)


def metrics(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "metrics.json").read_text())
    return content


def test_a_run_leaves_a_row_for_each_test_sample_whose_mean_is_the_test_metric(runs: list[Path]) -> None:
    table = pl.read_csv(runs[0] / "test" / "predictions.csv")
    logged = rows(runs[0])[-1]
    assert table["id"].is_sorted()
    assert table["id"].n_unique() == len(table) == metrics(runs[0] / "test")["samples"] > 50
    assert table["loss"].mean() == pytest.approx(float(logged["test/loss"]), rel=1e-6)
    kept = {name: value for name, value in metrics(runs[0] / "test").items() if f"test/{name}" in logged}
    assert len(kept) > 1
    for name, value in kept.items():
        assert value == pytest.approx(float(logged[f"test/{name}"]), rel=1e-6)
    means = [table[name].mean() for name in table.columns if table[name].dtype.is_numeric()]
    assert any(value == pytest.approx(kept[name], rel=1e-6) for name in kept if name != "loss" for value in means)
    worst = pl.read_csv(runs[0] / "test" / "worst.csv")
    assert worst["loss"].is_sorted(descending=True)
    assert worst["loss"][0] == table["loss"].max()
    same = pl.read_parquet(runs[0] / "test" / "predictions.parquet")
    assert_frame_equal(table, same.cast(dict(zip(table.columns, table.dtypes, strict=True))))


def test_the_validation_samples_have_rows_of_the_best_epoch(runs: list[Path]) -> None:
    table = pl.read_parquet(runs[0] / "val" / "predictions.parquet")
    assert table["id"].n_unique() == len(table) == metrics(runs[0] / "val")["samples"] > 50
    validated = [row for row in rows(runs[0]) if row["val/acc"]]
    best = max(validated, key=lambda row: float(row["val/acc"]))
    assert float(best["val/acc"]) < 1 or len(validated) > 1
    assert metrics(runs[0] / "val")["acc"] == pytest.approx(float(best["val/acc"]), rel=1e-6)
    assert table["loss"].mean() == pytest.approx(float(best["val/loss"]), rel=1e-5)


@pytest.mark.usefixtures("_empty")
def test_evaluate_gives_what_the_run_said_for_any_batch_size(runs: list[Path]) -> None:
    folder = evaluate(f"run={runs[0]}", "device=cpu")
    said = pl.read_parquet(runs[0] / "test" / "predictions.parquet")
    assert_frame_equal(said, pl.read_parquet(folder / "predictions.parquet"), abs_tol=1e-5)
    assert len(list(folder.glob("*.png"))) >= 2
    alone = evaluate(f"run={runs[0]}/checkpoints/best.ckpt", "data.batch_size=1")
    assert_frame_equal(said, pl.read_parquet(alone / "predictions.parquet"), abs_tol=1e-5)
    few = evaluate(f"run={runs[0]}", "data.limit_samples=20", "split=train")
    assert metrics(few)["samples"] <= 20


@pytest.mark.usefixtures("_empty")
def test_a_chosen_dataset_is_evaluated_whole(runs: list[Path]) -> None:
    choices = yaml.safe_load((runs[0] / ".hydra" / "hydra.yaml").read_text())["hydra"]["runtime"]["choices"]
    whole = evaluate(f"run={runs[0]}", f"dataset={choices['dataset']}")
    assert metrics(whole)["samples"] > metrics(runs[0] / "test")["samples"], "the run's limit_samples is kept"


@pytest.mark.slow
@pytest.mark.usefixtures("_empty")
def test_a_run_of_before_there_were_reports_is_evaluated(runs: list[Path]) -> None:
    old = Path(shutil.copytree(runs[0], "old"))
    config = (old / ".hydra" / "config.yaml").read_text()
    (old / ".hydra" / "config.yaml").write_text(config.replace("report: false\n", ""))
    assert metrics(evaluate("run=old"))["samples"] == metrics(runs[0] / "test")["samples"]
    run_train("resume=old", "trainer.max_epochs=2")


@pytest.mark.usefixtures("_empty")
def test_stored_predictions_are_enough(runs: list[Path], tmp_path: Path) -> None:
    stored = tmp_path / "elsewhere.parquet"
    shutil.copy(runs[0] / "test" / "predictions.parquet", stored)
    folder = evaluate(f"predictions={stored}") / "predictions"
    for name in ("metrics.json", "predictions.csv", "worst.csv"):
        assert (folder / name).read_text() == (runs[0] / "test" / name).read_text()
    with pytest.raises(SystemExit, match=r"holds no predictions .*: expected a predictions\.parquet"):
        evaluate(f"predictions={runs[0]}/metrics.csv")


@pytest.mark.slow
@pytest.mark.usefixtures("_empty")
def test_runs_vote(runs: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    (runs[0].parent / "multirun.yaml").write_text("as a multirun leaves one beside its jobs")
    folder = evaluate(f"run={runs[0].parent}/*", "ensemble=mean")
    said = capsys.readouterr().out
    assert all(name in said for name in [*(run.name for run in runs), "mean of all"])
    tables = [pl.read_parquet(folder / run.name / "predictions.parquet") for run in runs]
    voted = pl.read_parquet(folder / "mean of all" / "predictions.parquet")
    for name in voted.columns:
        if voted[name].dtype.is_float() and "error" not in name:  # the error of the mean is not the mean of errors
            mean = sum(table[name] for table in tables) / 3
            assert (voted[name] - mean).abs().max() < 1e-5  # type: ignore[operator]
    same = evaluate(f"run=[{runs[0]},{runs[0]}/checkpoints/best.ckpt]", "ensemble=mean")
    alone, both = (pl.read_parquet(same / name / "predictions.parquet") for name in (runs[0].name, "mean of all"))
    assert_frame_equal(alone, both, abs_tol=1e-6)


@pytest.mark.usefixtures("_empty")
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "run is missing: expected run=logs/"),
        (("run=logs/nowhere",), "logs/nowhere does not exist: expected the folder of a run"),
        (("run=logs/*/none",), "matches no run"),
        (("run={run}", "split=tset"), "split = 'tset': expected one of train, val, test"),
        (("run={run}", "dataset.rot=3"), "dataset.rot: .* has no argument 'rot'"),
        (("run={run}", "data.limit_sample=3"), "has no argument 'limit_sample', did you mean limit_samples"),
        (("run={run}", "data.split.vall_fraction=0.3"), "has no argument 'vall_fraction', did you mean val_fraction"),
        (("run={run}", "device=cuda:7"), "is not available on this machine"),
        (("run={run}", "ensemble=most"), "ensemble = 'most'"),
        (("run={all}", "ensemble=mean", "split=val"), "The val split is not the same for all runs"),
    ],
)
def test_bad_input_is_one_sentence(runs: list[Path], words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(SystemExit, match=sentence):
        evaluate(*(word.format(run=runs[0], all=f"{runs[0].parent}/*") for word in words))
    assert not list(Path().glob("logs/*/*")), "a refused job leaves no folder"
    assert not list(runs[2].glob("evaluate/*val*"))


@pytest.mark.usefixtures("_empty")
def test_a_checkpoint_alone_has_no_config_to_evaluate_with(runs: list[Path]) -> None:
    shutil.copy(runs[0] / "checkpoints" / "best.ckpt", "alone.ckpt")
    with pytest.raises(SystemExit, match="expected the folder of a run, or a checkpoint in it"):
        evaluate("run=alone.ckpt")


@pytest.mark.usefixtures("_empty")
def test_a_network_that_gives_nan_is_not_evaluated(runs: list[Path]) -> None:
    (broken,) = copies(runs[:1], Path("broken"))
    path = broken / "checkpoints" / "best.ckpt"
    content = torch.load(path, weights_only=True)
    for tensor in content["state_dict"].values():
        if tensor.is_floating_point():
            tensor.fill_(torch.nan)
    torch.save(content, path)
    with pytest.raises(SystemExit, match=r"the loss of (\d+) of \1 samples of test is NaN or infinite, the first is"):
        evaluate(f"run={broken}", "device=cpu")
