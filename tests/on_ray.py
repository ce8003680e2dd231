"""launcher=ray, in a project whose environment has the package `ray`; run by test_ray.py."""

import csv
import signal
import subprocess
import sys
import time
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory

WORDS = ("-m", "name=ray", "trainer=cpu", "data.limit_samples=64", "scheduler=constant", "logger=csv")
RAY = ("launcher=ray", "sweep.jobs=2")
ROOT = Path.cwd()


def start(*words: str) -> "subprocess.Popen[str]":
    command = [sys.executable, str(ROOT / "train.py"), *WORDS, *RAY, *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def results() -> tuple[Path, list[dict[str, str]]]:
    (sweep,) = Path("logs/ray").iterdir()
    with (sweep / "results.csv").open(newline="") as file:
        return sweep, list(csv.DictReader(file))


def states() -> list[str]:
    return [row["state"] for row in results()[1]]


with TemporaryDirectory() as folder, chdir(folder):
    process = start("trainer.max_epochs=1", "seed=1,2", "optimizer.lr=1e-3,1e+30")
    said = process.communicate()[0]
    assert process.returncode == 1, said
    assert states() == ["finished", "finished", "failed", "failed"], said
    sweep, rows = results()
    assert sum(bool(row["test/acc"]) for row in rows) == 1
    assert "is NaN or infinite" in rows[2]["error"]

with TemporaryDirectory() as folder, chdir(folder):
    grid = ("trainer.max_epochs=300", "seed=1,2")
    process = start(*grid)
    deadline = time.monotonic() + 120
    while len(list(Path().glob("logs/ray/*/jobs/*/checkpoints/last.ckpt"))) < 2:
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    said = process.communicate(timeout=120)[0]
    assert process.returncode == 143, said
    stopped = sorted(Path().glob("logs/ray/*/jobs/*/train.log"))
    assert all("The run was stopped" in path.read_text() for path in stopped), said
    process = start(*grid)
    said = process.communicate()[0]
    assert process.returncode == 0, said
    assert states() == ["finished", "finished"]
    assert all(path.read_text().count("- time:") == 2 for path in Path().glob("logs/ray/*/jobs/*/reproduce.yaml"))

with TemporaryDirectory() as folder, chdir(folder):
    process = start("trainer.max_epochs=1", "search.trials=3", "optimizer.lr=tag(log,interval(1e-4,1e-2))")
    said = process.communicate()[0]
    assert process.returncode == 0, said
    assert states() == ["finished"] * 3
print("all as on this machine")
