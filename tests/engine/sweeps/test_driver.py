"""The driver of a sweep, with jobs that train nothing."""

import csv
import faulthandler
import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from my_project.engine.cli import sweep
from my_project.engine.core.errors import InputError
from my_project.engine.core.job_record import record_of, write_record
from my_project.engine.core.run_lock import hold
from my_project.engine.sweeps.driver import Driver, Options
from my_project.engine.sweeps.fork import InChild
from my_project.engine.sweeps.plan import Plan, job_folder, read_plan, state_of, write_plan
from my_project.engine.sweeps.results import RESULTS, best_of, results_of

Job = Callable[[int, Path], object]
PLAN = Plan(["lr=1,2,3"], [["seed=0", f"lr={value}"] for value in (1, 2, 3)], "val/acc", "max", "none")


def finish(number: int, folder: Path, score: float | None = None) -> None:
    with (folder / "ends").open("a") as file:
        file.write("x")
    write_record(folder, "finished", time.monotonic(), None, float(number) if score is None else score)


def fail(number: int, folder: Path) -> None:
    write_record(folder, "failed", time.monotonic(), f"ValueError: {number}")


def drive(folder: Path, job: Job, plan: Plan = PLAN, options: Options | None = None) -> int | None:
    try:
        return Driver(folder, plan, options or Options(jobs=2)).run()
    except InChild as child:
        status = 1
        try:
            run = job_folder(folder, child.number)
            hold(run)
            job(child.number, run)
            status = 0
        except SystemExit as stop:
            status = stop.code if isinstance(stop.code, int) else 1
        finally:
            os._exit(status)


def states(folder: Path) -> list[str]:
    return [each.state for each in results_of(folder, PLAN)]


def tries(folder: Path) -> int:
    """Number of times that this job has begun, this one included."""
    with (folder / "tries").open("a") as file:
        file.write("x")
    return (folder / "tries").stat().st_size


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


def test_a_job_without_an_end_is_stopped_and_has_failed(tmp_path: Path) -> None:
    def job(number: int, folder: Path) -> None:
        if number == 1:
            signal.signal(signal.SIGTERM, lambda *_: (folder / "saved").touch() or os._exit(143))  # type: ignore[func-returns-value]
            time.sleep(60)
        finish(number, folder)

    drive(tmp_path, job, options=Options(jobs=3, timeout=1))
    assert states(tmp_path) == ["finished", "failed", "finished"]
    assert record_of(job_folder(tmp_path, 1))["error"] == "it took longer than sweep.timeout = 1 s"
    assert (job_folder(tmp_path, 1) / "saved").exists()


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


def test_two_drivers_run_no_job_twice(tmp_path: Path) -> None:
    def job(number: int, folder: Path) -> None:
        if record_of(folder).get("state") != "finished":  # as `run_job` does, with the lock
            time.sleep(0.2)
            finish(number, folder)

    plan = Plan([], [[f"lr={number}"] for number in range(8)], "val/acc", "max", "none")
    other = os.fork()
    if other == 0:
        try:
            drive(tmp_path, job, plan)
        finally:
            os._exit(0)
    drive(tmp_path, job, plan)
    os.waitpid(other, 0)
    assert [(job_folder(tmp_path, number) / "ends").read_text() for number in range(8)] == ["x"] * 8


def test_a_signal_stops_all_jobs_and_the_next_driver_goes_on(tmp_path: Path) -> None:
    def waiting(number: int, folder: Path) -> None:
        if number == 0:
            finish(number, folder)
            os._exit(0)
        signal.signal(signal.SIGTERM, lambda *_: os._exit(143))
        os.kill(os.getppid(), signal.SIGINT)
        time.sleep(60)

    assert drive(tmp_path, waiting, options=Options(jobs=1)) == signal.SIGINT
    assert states(tmp_path) == ["finished", "waiting", "waiting"]
    assert drive(tmp_path, finish) is None
    assert states(tmp_path) == ["finished"] * 3
    assert (job_folder(tmp_path, 0) / "ends").read_text() == "x"


def test_the_warning_of_slurm_saves_all_jobs_and_puts_the_sweep_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def waiting(number: int, folder: Path) -> None:
        signal.signal(signal.SIGTERM, lambda *_: os._exit(143))
        os.kill(os.getppid(), signal.SIGUSR1)
        time.sleep(60)

    monkeypatch.setenv("SLURM_JOB_ID", "77")
    assert drive(tmp_path, waiting) == signal.SIGUSR1
    assert states(tmp_path) == ["waiting"] * 3
    scontrol = tmp_path / "scontrol"
    scontrol.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n')
    scontrol.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(Driver, "run", lambda self: signal.SIGUSR1)
    write_plan(tmp_path, PLAN)
    words = [f"sweep.drive={tmp_path}", "{}"]
    assert sweep.drive(words, lambda: None, lambda modules: None) == 128 + signal.SIGUSR1
    assert (tmp_path / "asked").read_text() == "requeue 77\n"


def test_a_signal_is_never_lost(tmp_path: Path) -> None:
    for count in range(25):
        driver = os.fork()
        if driver == 0:
            stopped = drive(tmp_path / str(count), lambda number, folder: time.sleep(60), options=Options(jobs=3))
            os._exit(0 if stopped else 1)
        while not (tmp_path / str(count)).exists():  # then it listens
            time.sleep(0.001)
        time.sleep(count * 0.002)
        began = time.monotonic()
        os.kill(driver, signal.SIGINT)
        os.waitpid(driver, 0)
        assert time.monotonic() - began < 20


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


def test_a_score_that_is_no_number_is_passed_over() -> None:
    nan = float("nan")
    assert PLAN.best([nan, 0.2, 0.4]) == 2
    assert Plan([], [], "val/loss", "min", "best").best([None, 0.2, 0.2, 0.4]) == 1
    assert PLAN.best([None, nan]) is None


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
