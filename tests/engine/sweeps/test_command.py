"""`train.py -m …`: a sweep in a folder of its own."""

import csv
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from project import QUICK, ROOT

from my_project.engine.cli.sweep import DRIVE, start_sweep
from my_project.engine.core import code
from my_project.engine.core.errors import InputError
from my_project.engine.core.job_record import write_record
from my_project.engine.sweeps.plan import job_folder, read_plan

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


class Started(BaseException):
    """Instead of the process of a driver: its sweep and options."""


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[Path, dict[str, float]] | None]:
    """What `train.py -m <words>` would drive; None if Hydra gets it."""

    def started(python: str, words: list[str]) -> None:
        assert words[:2] == [sys.executable, str(Path(words[2].removeprefix(DRIVE)) / "code" / "train.py")]
        raise Started(Path(words[2].removeprefix(DRIVE)), json.loads(words[3]))

    def ask(*words: str) -> tuple[Path, dict[str, float]] | None:
        try:
            start_sweep(["-m", *words])
        except Started as start:
            return start.args
        return None

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(os, "execv", started)
    return ask


def test_the_same_words_go_on_until_all_jobs_have_ended(asked: Callable[..., tuple[Path, dict[str, float]]]) -> None:
    sweep, options = asked("seed=1,2", "optimizer.lr=1e-3", "sweep.retry=1")
    assert options == {"jobs": 1, "retry": 1, "timeout": 0}
    assert read_plan(sweep).jobs == [[f"seed={seed}", "optimizer.lr=1e-3", "~callback.pictures"] for seed in (1, 2)]
    assert asked("seed=1,2", "optimizer.lr=1e-3", "sweep.jobs=3") == (sweep, {"jobs": 3, "retry": 0, "timeout": 0})
    assert asked("seed=1,2,3", "optimizer.lr=1e-3")[0] != sweep
    assert asked("seed=1,2", "optimizer.lr=1e-3", "sweep.resume=null")[0] != sweep
    assert asked(f"sweep.resume={sweep}")[0] == sweep
    with pytest.raises(InputError, match=r"of other words \(seed=1,2 optimizer.lr=1e-3\): give these, or none"):
        asked("seed=1", f"sweep.resume={sweep}")
    for found in Path("logs/default").resolve().glob("*"):
        for number in range(len(read_plan(found).jobs)):
            job_folder(found, number).mkdir(parents=True)
            write_record(job_folder(found, number), "finished", 0.0)
    known = set(Path("logs/default").resolve().glob("*"))
    assert asked("seed=1,2", "optimizer.lr=1e-3")[0] not in known


def test_the_code_of_another_user_is_not_run(
    asked: Callable[..., tuple[Path, dict[str, float]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep, _ = asked("seed=1,2")
    changes: dict[str, Callable[[str], str]] = {
        "code/train.py": lambda text: text + "\nimport os\n",
        "code/new.py": lambda text: "x = 1\n",
        "sweep.json": lambda text: text.replace("seed=1", "seed=7"),
        "seal.txt": lambda text: "0" * 128,
    }
    for name, change in changes.items():
        path = sweep / name
        before = path.read_text() if path.exists() else None
        path.write_text(change(before or ""))
        with pytest.raises(InputError, match=r"were not written here, or were changed: sweep.trust=true runs them"):
            asked(f"sweep.resume={sweep}")
        assert asked(f"sweep.resume={sweep}", "sweep.trust=true")[0] == sweep
        path.unlink() if before is None else path.write_text(before)
    (sweep / "code" / "__pycache__").mkdir()
    (sweep / "code" / "__pycache__" / "train.cpython-311.pyc").write_bytes(b"other code")
    assert asked("seed=1,2")[0] == sweep
    assert not (sweep / "code" / "__pycache__").exists()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another user"))
    with pytest.raises(InputError, match="were not written here"):
        asked(f"sweep.resume={sweep}")
    assert asked("seed=1,2")[0] != sweep, "a new one"


def test_a_sweep_has_a_copy_of_the_code(asked: Callable[..., tuple[Path, dict[str, float]]]) -> None:
    code, _ = asked("seed=1,2")
    for name in ("train.py", "configs/train.yaml", "my_project/engine/sweeps/driver.py", "schemas/train.json"):
        assert (code / "code" / name).read_bytes() == (ROOT / name).read_bytes()
    assert set(json.loads((code / "code" / "frozen.json").read_text())) == {"commit", "changes"}


@pytest.mark.parametrize("word", ["--cfg=job", "hydra.sweep.subdir=x", "--config-name=train"])
def test_what_only_hydra_can_do_is_left_to_it(asked: Callable[..., object], word: str) -> None:
    assert asked("seed=1,2", word) is None
    assert not Path("logs").exists()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Copy of this project."""
    for path in code.files():
        (tmp_path / "project" / path.relative_to(code.ROOT)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, tmp_path / "project" / path.relative_to(code.ROOT))
    return tmp_path / "project"


@pytest.mark.slow
def test_a_sweep_that_was_interrupted_goes_on_with_the_code_of_its_start(project: Path, tmp_path: Path) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it in the background
    words = ("-m", *WORDS, "seed=1,2,3")
    with subprocess.Popen(
        command(*words, project=project), cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
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
    config = project / "configs" / "optimizer" / "adamw.yaml"
    config.write_text(config.read_text().replace("weight_decay: ", "weight_decay: 1"))
    source = project / "my_project" / "engine" / "training" / "supervised.py"
    source.write_text(f"{source.read_text()}\n\nraise SystemExit(7)\n")
    status, said = run(tmp_path, *words, "sweep.jobs=2", project=project)
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
