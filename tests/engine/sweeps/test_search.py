"""A search: jobs whose words come from the jobs before them."""

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
from optuna.trial import TrialState

from my_project.engine.sweeps import driver
from my_project.engine.sweeps.plan import Options, differences, job_folder, job_words, read_plan, write_plan
from my_project.engine.sweeps.results import results_of
from my_project.engine.sweeps.search import trials_of
from searches import ONE, PLAN, SEARCH, good, quality, scores, words_of
from sweep_jobs import drive, fail, finish


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "POLL", 0.002)


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
@pytest.mark.parametrize("sampler", ["tpe", "nsgaii", "gp", "cmaes"])
def test_a_search_finds_more_than_chance(tmp_path: Path, sampler: str) -> None:
    count = {"tpe": 30, "gp": 15, "nsgaii": 60, "cmaes": 40}[sampler]
    found = {}
    for name in (sampler, "random"):
        plan = replace(PLAN, search=replace(SEARCH, sampler=name, trials=count))
        drive(tmp_path / name, good, plan, ONE)
        later = sorted(score or 0 for score in scores(tmp_path / name, plan)[count // 3 :])
        found[name] = later[len(later) // 2]  # the median: the best may be luck
    assert found[sampler] > found["random"]


@pytest.mark.parametrize("sampler", ["tpe", "cmaes", pytest.param("nsgaii", marks=pytest.mark.slow)])
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


@pytest.mark.slow
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


def test_a_proposal_outside_of_the_space_is_no_word(tmp_path: Path) -> None:
    drive(tmp_path, good, PLAN, Options(trials=1))
    path = job_folder(tmp_path, 0) / "words.json"
    words = words_of(path.parent) | {"network": "model._target_=os.system", "lr": "x", "trainer": "other"}
    path.write_text(json.dumps({"words": words, "attributes": {}}))
    assert job_words(tmp_path, PLAN, 0) == ["seed=0", f"layers={words['layers']}"]


def test_the_plan_of_a_search_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_plan(tmp_path, PLAN)
    assert read_plan(tmp_path) == PLAN
