"""The plan of a sweep, and the best of its jobs."""

import json
from pathlib import Path

import pytest

from my_project.engine.core.errors import InputError
from my_project.engine.sweeps.plan import Plan, differences, job_folder, read_plan, state_of, write_plan
from my_project.engine.sweeps.results import best_of, results_of
from sweep_jobs import PLAN


def test_a_score_that_is_no_number_is_passed_over() -> None:
    nan = float("nan")
    assert PLAN.best([nan, 0.2, 0.4]) == 2
    assert Plan([], [], "val/loss", "min", "best").best([None, 0.2, 0.2, 0.4]) == 1
    assert PLAN.best([None, nan]) is None


def test_the_words_of_a_job_are_those_that_not_all_have(tmp_path: Path) -> None:
    assert differences(tmp_path, PLAN) == [["lr=1"], ["lr=2"], ["lr=3"]]
    alone = Plan([], [["seed=0", "lr=1"]], "val/acc", "max", "none")
    assert differences(tmp_path, alone) == [["seed=0", "lr=1"]]


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_plan(tmp_path, PLAN)
    assert read_plan(tmp_path) == PLAN
    assert (tmp_path / "sweep.json").stat().st_mode & 0o077 == 0
    assert best_of(PLAN, results_of(tmp_path, PLAN)) is None
    assert state_of(job_folder(tmp_path, 0)) == "waiting"


@pytest.mark.parametrize("content", ["", "[]", "{}", json.dumps(PLAN.__dict__ | {"jobs": [[1]]})])
def test_what_is_no_plan_is_one_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "sweep.json").write_text(content)
    with pytest.raises(InputError, match=r"is no sweep, sweep.json is missing or damaged"):
        read_plan(tmp_path)
