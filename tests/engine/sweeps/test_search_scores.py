"""Scores of a search: pruning, several scores, and a database."""

import json
from dataclasses import replace
from pathlib import Path

import optuna
import pytest

from my_project.engine.sweeps import driver
from my_project.engine.sweeps.plan import Options, job_folder
from my_project.engine.sweeps.results import front_of, results_of
from my_project.engine.sweeps.search import trials_of, validated
from my_project.engine.sweeps.validations import Validations, read_validations, write_validations
from searches import ONE, PLAN, SEARCH, good, scores
from sweep_jobs import drive, finish


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "POLL", 0.002)


@pytest.mark.slow
@pytest.mark.parametrize(
    "pruner", ["halving", *(pytest.param(name, marks=pytest.mark.slow) for name in ("median", "hyperband"))]
)
def test_a_job_that_looks_bad_is_ended(tmp_path: Path, pruner: str) -> None:
    """Qualities 0.7, 0.8, then bad and very good ones."""
    plan = replace(PLAN, search=replace(SEARCH, pruner=pruner, trials=20))

    def job(number: int, folder: Path) -> None:
        quality = 0.7 + number / 100 if number < 10 else 0.1 if number % 2 else 0.9 + number / 200
        for epoch in range(9):
            if validated(tmp_path, plan, number, epoch, quality):
                break
        finish(number, folder, quality)

    drive(tmp_path, job, plan, ONE)
    pruned = {each.number for each in results_of(tmp_path, plan) if each.state == "pruned"}
    assert not pruned & set(range(10, 20, 2))
    assert len(pruned & set(range(11, 20, 2))) >= 4


def test_a_decision_that_was_recorded_before_a_kill_stands(tmp_path: Path) -> None:
    plan = replace(PLAN, search=replace(SEARCH, pruner="median", trials=1))
    drive(tmp_path, good, plan, ONE)
    folder = job_folder(tmp_path, 0)
    assert not validated(tmp_path, plan, 0, 0, 0.5)
    write_validations(folder, Validations({0: 0.5, 1: 0.4}, pruned=1))
    assert not validated(tmp_path, plan, 0, 0, 0.5)
    assert validated(tmp_path, plan, 0, 1, 0.4)
    assert read_validations(folder) == Validations({0: 0.5, 1: 0.4}, pruned=1)


def test_a_pruned_job_is_named_so_and_is_not_the_best(tmp_path: Path) -> None:
    plan = replace(PLAN, search=replace(SEARCH, pruner="median", trials=2))

    def job(number: int, folder: Path) -> None:
        write_validations(folder, Validations({0: 0.9}, pruned=0 if number else None))
        finish(number, folder)

    drive(tmp_path, job, plan)
    assert [each.state for each in results_of(tmp_path, plan)] == ["finished", "pruned"]
    assert [trial.state.name for trial in trials_of(tmp_path, plan)] == ["COMPLETE", "PRUNED"]


def test_several_scores_have_a_front(tmp_path: Path) -> None:
    plan = replace(PLAN, search=replace(SEARCH, trials=4, also={"val/loss": "min"}))
    points = [(0.9, 0.5), (0.8, 0.4), (0.7, 0.6), (0.9, 0.5)]

    def job(number: int, folder: Path) -> None:
        (folder / "val").mkdir()
        (folder / "val" / "metrics.json").write_text(json.dumps({"loss": points[number][1]}))
        finish(number, folder, points[number][0])

    drive(tmp_path, job, plan)
    assert front_of(plan, results_of(tmp_path, plan)) == [0, 1, 3]
    assert [tuple(trial.values) for trial in trials_of(tmp_path, plan)] == points
    head = (tmp_path / "results.csv").read_text().partition("\n")[0]
    assert head.startswith("job,state,val/acc,test/acc,seconds,val/loss,")


def test_a_score_that_no_job_has_is_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    plan = replace(PLAN, search=replace(SEARCH, also={"val/f1": "max"}))
    with pytest.raises(Exception, match="No values could be proposed for job 1"):
        drive(tmp_path, good, plan, ONE)
    assert (
        "error: search.also names val/f1, which job 0000 does not have: expected one of (seconds)"
        in capfd.readouterr().err
    )


@pytest.mark.slow
def test_a_database_gets_each_job_once(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path}/sweeps.db"
    plan = replace(PLAN, search=replace(SEARCH, storage=storage, trials=5))
    drive(tmp_path / "sweep", good, plan, Options(trials=3))
    drive(tmp_path / "sweep", good, plan)
    study = optuna.load_study(study_name="sweep", storage=storage)
    assert sorted(trial.user_attrs["job"] for trial in study.trials) == list(range(5))
    assert {trial.value for trial in study.trials} == set(scores(tmp_path / "sweep", plan))
