"""A tracker whose server does not answer costs no run, and few seconds."""

import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from mlflow.exceptions import MlflowException
from project import ROOT, Train

from my_project.engine.core.errors import InputError
from my_project.engine.loggers.mlflow_logger import LOCAL, MLFlowLogger
from my_project.engine.loggers.mlflow_upload import upload
from my_project.engine.loggers.tracking import reachable
from tracked_runs import WORDS, ask, statuses


@pytest.fixture
def silent() -> Iterator[str]:
    """Address of a server that takes connections, and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_server_that_does_not_answer_is_not_waited_for(silent: str) -> None:
    started = time.monotonic()
    assert not reachable(silent, 0.5)
    assert not reachable("http://name.invalid", 0.5)
    assert time.monotonic() - started < 5
    assert not reachable("no address")


@pytest.mark.slow
def test_a_run_without_its_mlflow_server_is_kept_and_uploaded_later(
    tracked: Train, silent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("my_project.engine.loggers.mlflow_logger.reachable", partial(reachable, seconds=0.5))
    folder = tracked(*WORDS, f"logger.mlflow.tracking_uri={silent}")
    assert statuses() == ["FINISHED"]
    command = f"python -m my_project.engine.loggers.mlflow_upload {folder} {silent}"
    assert f"{silent} does not answer: the run is kept in {LOCAL}" in (log := (folder / "train.log").read_text())
    assert command in log
    (names,) = [json.loads((folder / "trackers.json").read_text())]
    assert list(names) == ["mlflow_offline"]
    other = f"sqlite:///{Path('other.db').absolute()}"  # for the server
    assert upload(folder, other) == json.loads((folder / "trackers.json").read_text())["mlflow"]
    queries = ("SELECT key, value FROM params ORDER BY key", "SELECT key, step, value FROM metrics ORDER BY key, step")
    for query in queries:
        with sqlite3.connect("other.db") as store:
            assert list(store.execute(query)) == ask(query) != []
    with pytest.raises(InputError, match="is on a server already"):
        upload(folder, other)


def test_a_server_that_stops_to_answer_ends_no_run(
    tracked: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    logger = MLFlowLogger(str(tmp_path))
    logger.log_metrics({"a": 1.0}, 0)

    def gone(*arguments: Any, **named: Any) -> None:
        raise MlflowException("connection refused")

    monkeypatch.setattr(logger.client, "log_batch", gone)
    monkeypatch.setattr(logger._mlflow_client, "log_batch", gone)
    for step in (1, 2):
        logger.log_metrics({"a": 1.0}, step)
    assert [record.message for record in caplog.records if "gets no more values" in record.message] == [
        "MLflow gets no more values of this run (MlflowException: connection refused)."
    ]


@pytest.mark.slow
@pytest.mark.parametrize("mode", [{"WANDB_API_KEY": "0" * 40}, {"WANDB_MODE": "online"}], ids=lambda mode: min(mode))
def test_without_its_server_a_run_of_wandb_is_offline(tmp_path: Path, silent: str, mode: dict[str, str]) -> None:
    variables = os.environ | {"WANDB_HTTP_TIMEOUT": "1", "WANDB_BASE_URL": silent} | mode
    command = [sys.executable, str(ROOT / "train.py"), *WORDS, "logger=wandb"]  # wandb reads the variables once
    done = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (folder,) = tmp_path.glob("logs/default/*")
    assert len(list(folder.glob("wandb/offline-run-*"))) == 1
    assert f"wandb sync {folder}/wandb/offline-run-*" in (folder / "train.log").read_text()
