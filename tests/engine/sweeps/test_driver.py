"""The driver of a sweep, with jobs that train nothing."""

import csv
import faulthandler
import os
import signal
import time
from pathlib import Path

import pytest

from my_project.engine.core.job_record import record_of
from my_project.engine.sweeps.plan import Options, Plan, job_folder
from my_project.engine.sweeps.results import RESULTS
from sweep_jobs import PLAN, drive, fail, finish, states, tries


def test_every_job_ends_and_the_best_is_first(tmp_path: Path) -> None:
    assert drive(tmp_path, finish) is None
    assert states(tmp_path) == ["finished"] * 3
    with (tmp_path / RESULTS).open() as file:
        rows = list(csv.DictReader(file))
    assert [row["job"] for row in rows] == ["2", "1", "0"]
    assert [row["lr"] for row in rows] == ["3", "2", "1"]
    assert "seed" not in rows[0]
    assert drive(tmp_path, fail) is None, "nothing is left to do"
    assert states(tmp_path) == ["finished"] * 3


def test_a_job_that_fails_stops_no_other(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    drive(tmp_path, lambda number, folder: fail(number, folder) if number == 1 else finish(number, folder))
    assert states(tmp_path) == ["finished", "failed", "finished"]
    assert "job 1 failed: ValueError: 1" in capfd.readouterr().out


def test_a_failed_job_is_tried_again(tmp_path: Path) -> None:
    def job(number: int, folder: Path) -> None:
        (fail if tries(folder) < 3 else finish)(number, folder)

    drive(tmp_path / "few", job, options=Options(retry=1))
    assert states(tmp_path / "few") == ["failed"] * 3
    drive(tmp_path / "enough", job, options=Options(retry=2))
    assert states(tmp_path / "enough") == ["finished"] * 3


def test_another_driver_tries_failed_jobs_again_if_it_is_asked_to(tmp_path: Path) -> None:
    drive(tmp_path, fail)
    drive(tmp_path, finish)
    assert states(tmp_path) == ["failed"] * 3
    drive(tmp_path, finish, options=Options(retry=1))
    assert states(tmp_path) == ["finished"] * 3


@pytest.mark.parametrize(("kills", "state"), [(2, "finished"), (3, "failed")])
def test_a_job_that_is_killed_goes_on_unless_it_always_is(tmp_path: Path, kills: int, state: str) -> None:
    def job(number: int, folder: Path) -> None:
        if number == 1 and tries(folder) <= kills:
            os.kill(os.getpid(), signal.SIGKILL)
        finish(number, folder)

    drive(tmp_path, job)
    assert states(tmp_path) == ["finished", state, "finished"]


def test_a_job_that_crashes_has_failed_and_its_output_is_named(tmp_path: Path) -> None:
    def job(number: int, folder: Path) -> None:
        if number == 1:
            os._exit(3)
        if number == 2:
            faulthandler.disable()
            os.kill(os.getpid(), signal.SIGSEGV)
        finish(number, folder)

    drive(tmp_path, job)
    assert states(tmp_path) == ["finished", "failed", "failed"]
    for number, end in ((1, "status 3"), (2, "SIGSEGV")):
        folder = job_folder(tmp_path, number)
        assert record_of(folder)["error"] == f"its process ended with {end}, see {folder / 'output.txt'}"


def test_the_best_job_is_tested_once(tmp_path: Path) -> None:
    def job(number: int, folder: Path) -> None:
        if record_of(folder).get("state") == "finished":
            (folder / "test").mkdir()
            (folder / "test" / "metrics.json").write_text("{}")
        else:
            finish(number, folder, score=(0.5, float("nan"), 0.4)[number])

    plan = Plan(**(PLAN.__dict__ | {"test": "best"}))
    for _ in range(2):
        drive(tmp_path, job, plan)
        assert [path.parent.parent.name for path in tmp_path.glob("jobs/*/test/metrics.json")] == ["0000"]


@pytest.mark.parametrize(("visible", "jobs", "seen"), [("4,7", 2, {"4", "7"}), ("4,7", 1, {"4,7"}), ("4", 2, {"4"})])
def test_each_job_gets_a_gpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, visible: str, jobs: int, seen: set[str]
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)

    def job(number: int, folder: Path) -> None:
        (folder / "gpu").write_text(os.environ["CUDA_VISIBLE_DEVICES"])
        time.sleep(0.3)
        finish(number, folder)

    drive(tmp_path, job, options=Options(jobs=jobs))
    assert {path.read_text() for path in tmp_path.glob("jobs/*/gpu")} == seen
