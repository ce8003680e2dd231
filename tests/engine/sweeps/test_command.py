"""`train.py -m …`: a sweep in a folder of its own."""

import csv
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from project import QUICK, ROOT

WORDS = (*QUICK, "trainer.max_epochs=1")


def command(*words: str, project: Path = ROOT) -> list[str]:
    return [sys.executable, str(project / "train.py"), *words]


def run(folder: Path, *words: str, project: Path = ROOT) -> tuple[int, str]:
    """Exit status and output of a command."""
    done = subprocess.run(
        command(*words, project=project), cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return done.returncode, done.stdout


def results(sweep: Path) -> list[dict[str, str]]:
    with (sweep / "results.csv").open() as file:
        return list(csv.DictReader(file))


def test_a_sweep_validates_tests_the_best_and_names_what_failed(tmp_path: Path) -> None:
    status, said = run(tmp_path, "-m", *WORDS, "optimizer.lr=1e-3,1e+30,1e-2", "sweep.jobs=2")
    assert status == 1, said
    assert re.search(r"^job 1 failed \(optimizer.lr=1e\+30\): .* is NaN or infinite", said, re.MULTILINE)
    assert "Traceback" not in said
    (sweep,) = tmp_path.glob("logs/default/*")
    assert f"results: {sweep}/results.csv" in said
    rows = results(sweep)
    assert [row["state"] for row in rows] == ["finished", "finished", "failed"]
    scores = [float(row["val/acc"]) for row in rows[:2]]
    assert scores == sorted(scores, reverse=True)
    best = sweep / rows[0]["folder"]
    assert re.search(rf"^best: job {rows[0]['job']} \(optimizer.lr=.*{re.escape(str(best))}$", said, re.MULTILINE)
    assert [path.parent for path in sweep.glob("jobs/*/test")] == [best]
    assert not list(sweep.glob("jobs/*/report.html"))
    assert "optimizer.lr" in (sweep / "comparison.html").read_text()
    assert not list(sweep.glob("jobs/*/pictures"))
    assert [bool(row["test/acc"]) for row in rows] == [True, False, False]
    assert len(yaml.safe_load((best / "reproduce.yaml").read_text())) == 1, "the test is no start of the run"
    (record,) = yaml.safe_load((sweep / "jobs/0001/reproduce.yaml").read_text())
    assert record["command"].startswith("python train.py report=false ")
    assert record["threads"] == max(1, (os.cpu_count() or 1) // 2)


@pytest.mark.slow
def test_a_sweep_that_was_interrupted_goes_on_with_the_code_of_its_start(copied_project: Path, tmp_path: Path) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it in the background
    words = ("-m", *WORDS, "seed=1,2,3")
    with subprocess.Popen(
        command(*words, project=copied_project),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("job 0 finished"):
                process.send_signal(signal.SIGINT)
                break
        said = process.stdout.read()
    assert process.returncode == 130, said
    (sweep,) = tmp_path.glob("logs/default/*")
    assert f"python train.py -m sweep.resume={sweep}" in said
    config = copied_project / "configs" / "optimizer" / "adamw.yaml"
    config.write_text(config.read_text().replace("weight_decay: ", "weight_decay: 1"))
    source = copied_project / "my_project" / "engine" / "training" / "supervised.py"
    source.write_text(f"{source.read_text()}\n\nraise SystemExit(7)\n")
    status, said = run(tmp_path, *words, "sweep.jobs=2", project=copied_project)
    assert status == 0, said
    assert f"goes on with the sweep in {sweep}" in said
    assert [row["state"] for row in results(sweep)] == ["finished"] * 3
    decays = {
        yaml.safe_load((sweep / f"jobs/000{job}/.hydra/config.yaml").read_text())["optimizer"]["weight_decay"]
        for job in range(3)
    }
    assert len(decays) == 1
    assert len(yaml.safe_load((sweep / "jobs/0000/reproduce.yaml").read_text())) <= 2, "it was trained once"


@pytest.mark.slow
def test_a_second_driver_of_a_sweep_is_refused(tmp_path: Path) -> None:
    with subprocess.Popen(
        command("-m", *WORDS, "seed=1,2,3,4"), cwd=tmp_path, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        next(line for line in process.stdout if line.startswith("job 0 of 4 starts"))
        (sweep,) = tmp_path.glob("logs/default/*")
        began = time.monotonic()
        status, said = run(tmp_path, "-m", f"sweep.resume={sweep}")
        if process.poll() is None:
            assert status == 1
            assert f"{sweep} is in use by process {process.pid}" in said
        assert time.monotonic() - began < 60
        process.communicate()
    assert process.returncode == 0
