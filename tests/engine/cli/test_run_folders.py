"""A run folder has one owner, tells how the run has ended, and is found again by `resume=auto`."""

import fcntl
import json
import signal
from pathlib import Path

import pytest
from project import Train, epochs, run_train

from interruptions import WORDS, assert_equal_runs, at_call, fail, interrupted, send
from my_project.engine.cli import provenance
from my_project.engine.core import run_lock
from my_project.engine.reports.compared_runs import Run


@pytest.fixture(autouse=True)
def here(train: Train) -> None:
    """Each test runs in an empty folder."""


def state_of(run: Path) -> object:
    return json.loads((run / "job.json").read_text())["state"]


@pytest.mark.slow
def test_a_record_tells_how_a_run_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    run = run_train(*WORDS, "name=finished")
    record = json.loads((run / "job.json").read_text())
    assert record["state"] == "finished"
    assert record["error"] is None
    assert 0 < record["score"] < 1
    assert 0 < record["seconds"] < 60
    with monkeypatch.context() as patch:
        at_call(patch, "training_step", 9, fail)
        failed, _ = interrupted("failed")
    assert json.loads((failed / "job.json").read_text())["error"] == "RuntimeError: for a test"
    assert state_of(failed) == "failed"
    with monkeypatch.context() as patch:
        at_call(patch, "training_step", 9, send(signal.SIGTERM))
        killed, _ = interrupted("killed")
    assert state_of(killed) == "killed"
    run_train(f"resume={killed}")
    assert state_of(killed) == "finished"


def test_a_folder_that_is_in_use_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        at_call(patch, "training_step", 9, fail)
        run, _ = interrupted("broken")
    monkeypatch.setattr(run_lock, "WAIT", 0.1)
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    with (run / "run.lock").open("a+") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(SystemExit, match=r"is in use by process \d+ on .*: wait until it ends, or stop it\."):
            run_train(f"resume={run}")
        assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before
    run_train(f"resume={run}")
    assert len(epochs(run)) == 3


@pytest.mark.slow
def test_auto_finds_the_run_that_has_not_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    own = ("network=cnn", "optimizer.lr=0.02")
    words = (*WORDS, "name=again", "checkpoint.every_n_steps=1", "resume=auto", *own)
    straight = run_train(*WORDS, "name=straight", *own)
    for _ in range(2):  # the same command goes on, and is interrupted again
        with monkeypatch.context() as patch:
            at_call(patch, "training_step", 6, fail)
            run, _ = interrupted("again", "resume=auto", *own)
    run_train(*words)
    assert_equal_runs(straight, run)
    named = [(each.choices, each.own - {"resume", "checkpoint.every_n_steps"}) for each in map(Run.of, (straight, run))]
    assert named[0] == named[1]
    assert len(list(Path("logs/again").iterdir())) == 1
    run_train(*words)  # the run has finished: a new one
    assert len(list(Path("logs/again").iterdir())) == 2


@pytest.mark.slow
def test_auto_finds_the_run_of_a_slurm_job(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: dict[str, Path] = {}
    for job in ("77", "78"):
        with monkeypatch.context() as patch:
            patch.setenv("SLURM_JOB_ID", job)
            at_call(patch, "training_step", 9, fail)
            with pytest.raises(SystemExit):
                run_train(*WORDS, "name=jobs", "checkpoint.every_n_steps=1", "resume=auto")
            (runs[job],) = set(Path("logs/jobs").iterdir()) - set(runs.values())
    monkeypatch.setenv("SLURM_JOB_ID", "77")
    run_train(*WORDS, "name=jobs", "checkpoint.every_n_steps=1", "resume=auto")
    assert state_of(runs["77"]) == "finished"
    assert state_of(runs["78"]) == "failed"


def test_a_record_that_was_cut_off_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    straight = run_train(*WORDS, "name=straight")
    with monkeypatch.context() as patch:
        at_call(patch, "training_step", 9, fail)
        run, _ = interrupted("broken")
    config = run / ".hydra" / "config.yaml"
    config.write_text(config.read_text()[:300])
    (run / ".hydra" / "hydra.yaml").write_text("")
    run_train(f"resume={run}")
    assert_equal_runs(straight, run)


def test_a_refused_resume_leaves_the_record_of_a_run() -> None:
    run = run_train(*WORDS, "name=finished")
    before = (run / "job.json").read_text()
    for word in ("trainer.max_epochs=2", "trainer.max_epochs=x", "optimizer=sgd"):
        with pytest.raises(SystemExit, match="error: "):
            run_train(f"resume={run}", word)
        assert (run / "job.json").read_text() == before


def test_a_folder_that_is_not_there_yet_is_made_for_the_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "uv.lock").write_text("version = 1\n")
    monkeypatch.setattr(provenance, "ROOT", tmp_path)
    provenance.record(tmp_path / "a" / "run", seed=1, resumed=False)
    assert (tmp_path / "a" / "run" / "uv.lock").read_text() == "version = 1\n"
