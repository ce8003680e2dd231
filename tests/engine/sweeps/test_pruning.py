"""Jobs that a search ends within their training."""

import json
import re
import shutil
from pathlib import Path

import pytest
from project import QUICK, rows, run_train
from test_command import run

from interruptions import SAVING, assert_equal_runs, at_call, fail
from my_project.engine.cli import command_line
from my_project.engine.core.job_record import record_of, write_record
from my_project.engine.sweeps.plan import Plan, Search, job_folder, state_of, write_plan
from my_project.engine.sweeps.results import results_of
from my_project.engine.sweeps.validations import Validations, read_validations, write_validations

SPACE = {"optimizer.lr": {"low": 1e-5, "high": 0.1, "step": None, "log": True, "integer": False}}
SEARCH = Search(SPACE, 9, "tpe", "median", 0, {}, None)
PLAN = Plan([], [[]], "val/acc", "max", "none", search=SEARCH)
EPOCHS = 4
PRUNED = ("search.pruner=halving", "search.sampler=random")


@pytest.fixture
def sweep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A search of which five jobs are very good, and the sixth is to begin."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command_line, "wrong_folder", lambda *_: ())  # a job is not checked again
    sweep = tmp_path / "logs" / "search"
    sweep.mkdir(parents=True)
    write_plan(sweep, PLAN)
    for number in range(6):
        folder = job_folder(sweep, number)
        folder.mkdir(parents=True)
        (folder / "words.json").write_text(json.dumps({"words": {"optimizer.lr": 0.1}, "attributes": {}}))
        if number < 5:
            write_validations(folder, Validations({epoch: 1 - 0.5 / (epoch + 1) for epoch in range(EPOCHS)}))
            write_record(folder, "finished", 0.0, None, 1.0)
    return sweep


def train(sweep: Path, *words: str) -> Path:
    """Train the sixth job, as a sweep does."""
    pruning = {"_target_": "my_project.engine.callbacks.pruning.Pruning", "run": "${output_dir}"}
    run_train(
        *QUICK,
        f"trainer.max_epochs={EPOCHS}",
        *(f"callback.pruning.{name}={value}" for name, value in pruning.items()),
        "callback.pruning.metric=${monitor.metric}",
        f"hydra.run.dir={job_folder(sweep, 5)}",
        "test=none",
        *words,
    )
    return job_folder(sweep, 5)


def test_a_bad_job_ends_at_its_first_validation(sweep: Path) -> None:
    job = train(sweep, "optimizer.lr=1e-7")
    assert state_of(job) == "pruned"
    assert record_of(job)["state"] == "finished"
    validations = read_validations(job)
    assert validations.pruned == 0
    assert list(validations.scores) == [0]
    assert validations.scores[0] == pytest.approx(record_of(job)["score"])
    assert {float(row["epoch"]) for row in rows(job) if row["val/acc"]} == {0}


def test_a_good_job_is_not_ended(sweep: Path) -> None:
    for number in range(5):
        write_validations(job_folder(sweep, number), Validations(dict.fromkeys(range(EPOCHS), 0.01)))
    job = train(sweep)
    assert state_of(job) == "finished"
    assert list(read_validations(job).scores) == list(range(EPOCHS))


@pytest.mark.slow
def test_a_pruned_job_that_was_killed_before_its_end_trains_no_further(sweep: Path) -> None:
    job = train(sweep, "optimizer.lr=1e-7")
    before = rows(job)
    (job / "job.json").unlink()
    run_train(f"resume={job}")
    assert state_of(job) == "pruned"
    assert rows(job) == before


LATER = [pytest.param(hook, marks=pytest.mark.slow) for hook in ("on_train_epoch_end", "on_train_end", "on_fit_end")]


@pytest.mark.parametrize("hook", ["on_validation_end", *LATER])
def test_a_pruned_job_that_was_stopped_while_it_ended_is_equal_to_an_unbroken_one(
    sweep: Path, hook: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("optimizer.lr=1e-7", SAVING)
    unbroken = train(sweep, *words).rename(sweep / "unbroken")
    folder = job_folder(sweep, 5)
    folder.mkdir()
    shutil.copy(unbroken / "words.json", folder)
    with monkeypatch.context() as patch:
        at_call(patch, hook, 1, fail)
        with pytest.raises(SystemExit):
            train(sweep, *words)
    (folder / "job.json").unlink()
    run_train(f"resume={folder}")
    assert state_of(folder) == "pruned"
    assert read_validations(folder) == read_validations(unbroken)
    assert_equal_runs(unbroken, folder)


@pytest.mark.slow
def test_a_search_of_two_processes_a_job_ends_bad_ones(tmp_path: Path) -> None:
    words = (*QUICK, "trainer=ddp_cpu", "data.batch_size=16", "trainer.max_epochs=3")
    status, said = run(tmp_path, "-m", *words, "optimizer.lr=tag(log,interval(1e-9,1e-1))", "search.trials=5", *PRUNED)
    assert status == 0, said
    assert re.search(r"^a search of 5 jobs in ", said, re.MULTILINE)
    (sweep,) = tmp_path.glob("logs/default/*")
    states = [each.state for each in results_of(sweep, PLAN)]
    assert len(states) == 5
    assert set(states) == {"finished", "pruned"}
    assert len(list(sweep.glob("jobs/*/train_ddp_process_1.log"))) == 5
    assert "All jobs, a line each" in (sweep / "comparison.html").read_text()
