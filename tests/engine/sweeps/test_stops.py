"""Signals, late jobs and a second driver."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from my_project.engine.cli import sweep
from my_project.engine.core.job_record import NETWORK, record_of
from my_project.engine.sweeps.driver import Driver
from my_project.engine.sweeps.plan import Options, Plan, job_folder, write_plan
from sweep_jobs import PLAN, drive, finish, states, wait


def test_a_job_without_an_end_is_stopped_and_has_failed(tmp_path: Path) -> None:
    def job(number: int, folder: Path) -> None:
        if number == 1:
            signal.signal(signal.SIGTERM, lambda *_: (folder / "saved").touch() or os._exit(143))  # type: ignore[func-returns-value]
            wait()
        finish(number, folder)

    drive(tmp_path, job, options=Options(jobs=3, timeout=1))
    assert states(tmp_path) == ["finished", "failed", "finished"]
    assert record_of(job_folder(tmp_path, 1))["error"] == "it took longer than sweep.timeout = 1 s"
    assert (job_folder(tmp_path, 1) / "saved").exists()


def test_a_job_that_hangs_at_its_start_is_started_again(tmp_path: Path) -> None:
    def job(number: int, folder: Path) -> None:
        tries = folder / "tries"
        with tries.open("a") as file:
            file.write("x")
        if number == 1 and len(tries.read_text()) == 1:
            wait()
        (folder / NETWORK).touch()
        if number == 2:
            time.sleep(1)  # longer than the limit, but it has started
        finish(number, folder)

    drive(tmp_path, job, options=Options(jobs=3, start_timeout=0.5))
    assert states(tmp_path) == ["finished", "finished", "finished"]
    assert [len((job_folder(tmp_path, number) / "tries").read_text()) for number in range(3)] == [1, 2, 1]


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
        wait()

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
        wait()

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


@pytest.fixture
def _handled() -> Iterator[None]:
    """A handler of SIGTERM, as a library may have set it."""
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.slow
@pytest.mark.usefixtures("_handled")
def test_a_signal_is_never_lost(tmp_path: Path) -> None:
    for count in range(10):
        driver = os.fork()
        if driver == 0:
            stopped = drive(tmp_path / str(count), lambda number, folder: wait(), options=Options(jobs=3))
            os._exit(0 if stopped else 1)
        while not (tmp_path / str(count)).exists():  # then it listens
            time.sleep(0.001)
        time.sleep(count * 0.004)
        began = time.monotonic()
        os.kill(driver, signal.SIGINT)
        os.waitpid(driver, 0)
        assert time.monotonic() - began < 20
