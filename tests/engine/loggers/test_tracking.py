"""Runs that Weights & Biases and MLflow keep: one for each run folder, ended as the job ended."""

import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock, Timeout
from project import ROOT, Train, run_train
from pytorch_lightning import loggers

from commands import start
from my_project.engine.loggers.mlflow_logger import MLFlowLogger
from my_project.engine.loggers.tracking import close_all
from my_project.engine.training.supervised import Supervised
from tracked_runs import ALIVE, WORDS, ask, statuses


@pytest.mark.slow
def test_a_resumed_and_moved_run_is_one_run_of_mlflow(tracked: Train) -> None:
    folder = tracked(*WORDS, "callback=default", "name=first")
    assert statuses() == ["FINISHED"]
    ((run,),) = ask(f"SELECT run_uuid FROM runs WHERE {ALIVE}")
    moved = Path("logs/moved/run").resolve()
    moved.parent.mkdir()
    folder.rename(moved)
    run_train(f"resume={moved}", "trainer.max_epochs=2")
    assert ask(f"SELECT run_uuid, status FROM runs WHERE {ALIVE}") == [(run, "FINISHED")]
    losses = ask("SELECT step FROM metrics WHERE key = 'val/loss' ORDER BY step")
    assert [step for (step,) in losses] == [2, 5]
    parameters = dict(ask("SELECT key, value FROM params"))
    tags = dict(ask("SELECT key, value FROM tags"))
    assert parameters["data/limit_samples"] == "96"
    assert parameters["trainer/max_epochs"] == "1"
    assert tags["trainer/max_epochs"] == "2", "what a resume changed"
    assert ask("SELECT name FROM experiments WHERE name = 'first'")
    pictures = {path.name for path in Path("logs/mlflow").rglob("*.png")}
    assert pictures == {path.name for path in moved.glob("pictures/*.png")}
    assert {path.name for path in Path().iterdir()} == {"data", "logs"}, "nothing is written anywhere else"
    # A resume that is refused leaves the run of MLflow as it was, too.
    with pytest.raises(SystemExit, match="has 2 epochs already"):
        run_train(f"resume={moved}", "trainer.max_epochs=1")
    assert statuses() == ["FINISHED"]


@pytest.mark.slow  # of Weights & Biases: test_a_multirun_makes_one_folder_a_job_and_one_wandb_run_each
def test_jobs_of_a_multirun_are_runs_and_each_ends_as_it_did(tracked: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    tracked(*WORDS, "name=first")  # makes the store
    assert start("-m", *WORDS, "seed=1").returncode == 0
    assert statuses() == ["FINISHED"] * 2

    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it in the background

    def ends(error: Exception | signal.Signals) -> None:
        def step(*arguments: Any) -> None:
            if isinstance(error, signal.Signals):
                os.kill(os.getpid(), error)
            else:
                raise error

        with monkeypatch.context() as patch:
            patch.setattr(Supervised, "on_train_batch_start", step)
            with pytest.raises(SystemExit):
                run_train(*WORDS)

    ends(ZeroDivisionError("this fault was injected"))
    ends(signal.SIGTERM)
    ends(signal.SIGINT)
    assert statuses() == ["FINISHED", "FINISHED", "FAILED", "KILLED", "KILLED"]
    with pytest.raises(SystemExit, match="goes by 'val/nonsense'"):
        run_train(*WORDS, "callback.best.monitor=val/nonsense")
    assert statuses() == ["FINISHED", "FINISHED", "FAILED", "KILLED", "KILLED"], "a refused run is taken back"


@pytest.mark.slow
def test_long_values_many_values_and_an_unknown_run(tracked: Train, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/trackers.json").write_text('{"mlflow": "0123456789abcdef0123456789abcdef"}')
    logger = MLFlowLogger(str(tmp_path / "run"))
    many = {f"value_{index}": index for index in range(250)}
    logger.log_hyperparams({"group": many, "long": "x" * 9000, "none": None})
    close_all("finished")
    parameters = dict(ask("SELECT key, value FROM params"))
    assert len(parameters) == 252
    assert parameters["group/value_249"] == "249"
    assert parameters["long"] == "x" * 250
    assert statuses() == ["FINISHED"], "a run of another store begins anew in this one"


def test_one_job_at_a_time_makes_the_store(tracked: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make, held = loggers.MLFlowLogger.__init__, []

    def watched(*arguments: Any, **named: Any) -> None:
        with pytest.raises(Timeout):
            FileLock("logs/mlflow.db.lock").acquire(timeout=0)
        held.append(True)
        make(*arguments, **named)

    monkeypatch.setattr(loggers.MLFlowLogger, "__init__", watched)
    MLFlowLogger(str(tmp_path))
    assert held
    FileLock("logs/mlflow.db.lock").acquire(timeout=0)


@pytest.mark.slow
def test_jobs_that_start_together_share_a_new_store(tracked: Train) -> None:
    command = [sys.executable, str(ROOT / "train.py"), *WORDS]
    jobs = [subprocess.Popen(command, stdout=subprocess.DEVNULL) for _ in range(3)]
    assert [job.wait(timeout=300) for job in jobs] == [0, 0, 0]
    assert statuses() == ["FINISHED"] * 3


def test_without_its_packages_mlflow_is_one_sentence(tracked: Train, monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "my_project.engine.loggers.mlflow_logger.find_spec",
        lambda name: None if name == "mlflow" else find(name),
    )
    with pytest.raises(SystemExit, match="uv sync --group mlflow") as refused:
        tracked(*WORDS)
    assert "\n" not in str(refused.value.code)
    assert not list(Path("logs").glob("*/*"))


@pytest.mark.slow
def test_a_resumed_and_moved_run_keeps_its_wandb_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    def trained(*words: str) -> None:  # in a process of its own: wandb keeps threads and a service
        environment = os.environ | {"SHOW_TRACEBACK": "1"}
        done = subprocess.run(
            [sys.executable, str(ROOT / "train.py"), *words], env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-6000:]

    trained(*WORDS, "logger=wandb", "name=first")
    (folder,) = Path("logs/first").iterdir()
    moved = Path("logs/moved/run").resolve()
    moved.parent.mkdir()
    folder.rename(moved)
    trained(f"resume={moved}", "trainer.max_epochs=2")
    runs = [path.name.rpartition("-")[2] for path in moved.glob("wandb/offline-run-*")]
    assert len(runs) == 2
    assert len(set(runs)) == 1
