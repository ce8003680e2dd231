"""A search: jobs whose words come from the jobs before them."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.trial import TrialState

from my_project.engine.sweeps import driver
from my_project.engine.sweeps.driver import Options
from my_project.engine.sweeps.plan import Plan, Search, differences, job_folder, job_words, read_plan, write_plan
from my_project.engine.sweeps.results import front_of, results_of
from my_project.engine.sweeps.search import trials_of, validated
from my_project.engine.sweeps.validations import Validations, read_validations, write_validations
from sweep_jobs import drive, fail, finish

SPACE: dict[str, dict[str, Any]] = {
    "lr": {"low": 1e-5, "high": 1e-1, "step": None, "log": True, "integer": False},
    "layers": {"low": 1, "high": 8, "step": 1, "log": False, "integer": True},
    "network": {"choices": ["cnn", "mlp"]},
}
SEARCH = Search(SPACE, 12, "tpe", "none", 3, {}, None)
PLAN = Plan([], [["seed=0"]], "val/acc", "max", "none", search=SEARCH)
ONE = Options(jobs=1)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "POLL", 0.002)


def words_of(folder: Path) -> dict[str, float | str]:
    words: dict[str, float | str] = json.loads((folder / "words.json").read_text())["words"]
    return words


def quality(folder: Path) -> float:
    """Greatest for a network cnn with lr = 1e-3 and 5 layers."""
    words = words_of(folder)
    distance = abs(math.log10(float(words["lr"])) + 3) + abs(int(words["layers"]) - 5) / 4
    return -distance - (words["network"] != "cnn")


def good(number: int, folder: Path) -> None:
    finish(number, folder, quality(folder))


def scores(sweep: Path, plan: Plan = PLAN) -> list[float | None]:
    return [each.score for each in results_of(sweep, plan)]


def test_values_are_in_the_space_and_come_to_the_words_of_the_jobs(tmp_path: Path) -> None:
    assert drive(tmp_path, good, PLAN, ONE) is None
    words = [words_of(job_folder(tmp_path, number)) for number in range(12)]
    assert all(1e-5 <= float(each["lr"]) <= 1e-1 and each["layers"] in range(1, 9) for each in words)
    assert {each["network"] for each in words} == {"cnn", "mlp"}
    assert len({each["lr"] for each in words}) == 12
    own = [f"{key}={value}" for key, value in words[4].items()]
    assert differences(tmp_path, PLAN)[4] == own
    assert job_words(tmp_path, PLAN, 4) == ["seed=0", *own]


@pytest.mark.slow
@pytest.mark.parametrize("sampler", ["tpe", "nsgaii", "gp"])
def test_a_search_finds_more_than_chance(tmp_path: Path, sampler: str) -> None:
    count = {"tpe": 30, "gp": 15, "nsgaii": 60}[sampler]
    found = {}
    for name in (sampler, "random"):
        plan = replace(PLAN, search=replace(SEARCH, sampler=name, trials=count))
        drive(tmp_path / name, good, plan, ONE)
        later = sorted(score or 0 for score in scores(tmp_path / name, plan)[count // 3 :])
        found[name] = later[len(later) // 2]  # the median: the best may be luck
    assert found[sampler] > found["random"]


@pytest.mark.parametrize("sampler", ["tpe", pytest.param("nsgaii", marks=pytest.mark.slow)])
def test_a_driver_that_begins_anew_after_each_job_proposes_the_same(tmp_path: Path, sampler: str) -> None:
    plan = replace(PLAN, search=replace(SEARCH, sampler=sampler, trials=70 if sampler == "nsgaii" else 14))
    count = plan.search.trials if plan.search else 0
    drive(tmp_path / "straight", good, plan, ONE)
    for until in range(7, count + 1, 7):
        drive(tmp_path / "broken", good, plan, Options(jobs=1, trials=until))
    assert scores(tmp_path / "straight", plan) == scores(tmp_path / "broken", plan)


def test_another_seed_proposes_other_values(tmp_path: Path) -> None:
    few = Options(jobs=1, trials=3)
    drive(tmp_path / "one", good, PLAN, few)
    drive(tmp_path / "two", good, replace(PLAN, search=replace(SEARCH, seed=4)), few)
    assert not set(scores(tmp_path / "one")) & set(scores(tmp_path / "two"))


def test_jobs_that_failed_or_have_no_number_are_passed_over(tmp_path: Path) -> None:
    def job(number: int, folder: Path) -> None:
        if number % 3 == 0:
            fail(number, folder)
        else:
            finish(number, folder, math.nan if number % 3 == 1 else quality(folder))

    drive(tmp_path, job, PLAN, ONE)
    trials = trials_of(tmp_path, PLAN)
    assert [trial.state.name for trial in trials] == ["FAIL", "FAIL", "COMPLETE"] * 4
    assert [each.state for each in results_of(tmp_path, PLAN)] == ["failed", "finished", "finished"] * 4


def test_jobs_that_run_are_pending(tmp_path: Path) -> None:
    drive(tmp_path, good, PLAN, Options(jobs=1, trials=2))
    (job_folder(tmp_path, 1) / "job.json").unlink()
    done, running = trials_of(tmp_path, PLAN)
    assert (done.state, running.state) == (TrialState.COMPLETE, TrialState.RUNNING)
    assert running.params == words_of(job_folder(tmp_path, 1))


def test_a_later_driver_may_ask_for_more_jobs(tmp_path: Path) -> None:
    drive(tmp_path, good, PLAN, Options(jobs=2, trials=3))
    assert len(scores(tmp_path)) == 3
    drive(tmp_path, good, PLAN, Options(jobs=2))
    assert len(scores(tmp_path)) == 12
    assert {(job_folder(tmp_path, number) / "ends").read_text() for number in range(12)} == {"x"}


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
    assert "error: search.also names val/f1, which" in capfd.readouterr().err


def test_a_database_gets_each_job_once(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path}/sweeps.db"
    plan = replace(PLAN, search=replace(SEARCH, storage=storage, trials=5))
    drive(tmp_path / "sweep", good, plan, Options(trials=3))
    drive(tmp_path / "sweep", good, plan)
    study = optuna.load_study(study_name="sweep", storage=storage)
    assert sorted(trial.user_attrs["job"] for trial in study.trials) == list(range(5))
    assert {trial.value for trial in study.trials} == set(scores(tmp_path / "sweep", plan))


def test_a_proposal_outside_of_the_space_is_no_word(tmp_path: Path) -> None:
    drive(tmp_path, good, PLAN, Options(trials=1))
    path = job_folder(tmp_path, 0) / "words.json"
    words = words_of(path.parent) | {"network": "model._target_=os.system", "lr": "x", "trainer": "other"}
    path.write_text(json.dumps({"words": words, "attributes": {}}))
    assert job_words(tmp_path, PLAN, 0) == ["seed=0", f"layers={words['layers']}"]


def test_the_plan_of_a_search_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_plan(tmp_path, PLAN)
    assert read_plan(tmp_path) == PLAN
