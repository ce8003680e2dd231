"""A job of SLURM that is about to end saves, and is put back into the queue."""

import signal
from pathlib import Path

import pytest
from project import run_train

from interruptions import WORDS, assert_equal_runs, at_call, interrupted, send


@pytest.mark.usefixtures("train")  # in an empty folder
def test_slurm_puts_a_job_back_that_is_about_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    straight = run_train(*WORDS, "name=straight")
    script = tmp_path / "bin" / "scontrol"
    script.parent.mkdir()
    script.write_text(f"#!/bin/sh\necho $@ >> {tmp_path / 'calls'}\n")
    script.chmod(0o755)
    with monkeypatch.context() as patch:
        job = {"JOB_ID": "77", "NTASKS": "1", "JOB_NAME": "run", "PROCID": "0", "LOCALID": "0", "NODEID": "0"}
        for name, value in job.items():
            patch.setenv(f"SLURM_{name}", value)
        patch.setenv("PATH", str(script.parent), prepend=":")
        at_call(patch, "training_step", 9, send(signal.SIGUSR1))
        run, status = interrupted("broken", "checkpoint.every_n_steps=0")
        assert status == 128 + signal.SIGUSR1
        assert (tmp_path / "calls").read_text() == "requeue 77\n"
    run_train(f"resume={run}")
    assert_equal_runs(straight, run)
