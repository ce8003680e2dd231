"""`python runs.py`: runs with state, score and size; checkpoints of all but the best are removed."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from project import QUICK, ROOT, run_train

from my_project.engine.cli.run_list import main, runs_below, show
from my_project.engine.core.job_record import write_record

Runs = Callable[..., None]


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    """`python runs.py <words>` in this process."""

    def listed(*words: str) -> None:
        monkeypatch.setattr(sys, "argv", ["runs.py", *words])
        main()

    return listed


def make(folder: str, score: float | None, state: str = "finished", metric: str = "val/acc", mode: str = "max") -> Path:
    """Folder of a run with two checkpoints of 1 MiB."""
    run = Path(folder)
    (run / "checkpoints").mkdir(parents=True)
    config = f"monitor: {{metric: {metric}, mode: {mode}}}\n"
    (run / "records.json").write_text(json.dumps({".hydra/config.yaml": config}))
    for name in ("best", "last"):
        (run / "checkpoints" / f"{name}.ckpt").write_bytes(b"0" * 2**20)
    if state:
        write_record(run, state, 0.0, None, score)
    return run


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Runs of two experiments and of a sweep."""
    monkeypatch.chdir(tmp_path)
    return {
        "worse": make("logs/one/a", 0.5),
        "better": make("logs/one/b", 0.9),
        "nan": make("logs/one/c", float("nan")),
        "failed": make("logs/one/d", None, "failed"),
        "stopped": make("logs/one/e", None, ""),
        "loss": make("logs/one/f", 2.0, metric="val/loss", mode="min"),
        "less": make("logs/one/g", 1.0, metric="val/loss", mode="min"),
        "alone": make("logs/two/a", 0.1),
        "job 0": make("logs/one/sweep/jobs/0000", 0.3),
        "job 1": make("logs/one/sweep/jobs/0001", 0.2),
    }


def left(logs: dict[str, Path]) -> set[str]:
    return {name for name, run in logs.items() if list(run.glob("checkpoints/*.ckpt"))}


def test_checkpoints_of_all_but_the_best_are_removed(
    logs: dict[str, Path], runs: Runs, capsys: pytest.CaptureFixture[str]
) -> None:
    runs("clean=true", "ask=false")
    assert set(logs) - left(logs) == {"worse", "nan", "loss", "job 1"}
    assert all((run / "records.json").exists() for run in logs.values())
    assert "removed: 8 checkpoints, 8.0 MiB" in capsys.readouterr().out
    runs("clean=true", "ask=false")
    assert "There is nothing to remove." in capsys.readouterr().out


def test_more_may_be_kept_and_other_folders_are_left_alone(logs: dict[str, Path], runs: Runs) -> None:
    runs("clean=true", "ask=false", "keep=2")
    assert set(logs) - left(logs) == {"nan"}
    runs("clean=true", "ask=false", "keep=0", "folder=logs/two")
    assert set(logs) - left(logs) == {"nan", "alone"}


@pytest.mark.parametrize(("answer", "removed"), [("y", True), ("n", False), ("", False)])
def test_the_user_is_asked(
    logs: dict[str, Path], runs: Runs, monkeypatch: pytest.MonkeyPatch, answer: str, removed: bool
) -> None:
    asked = []

    def reply(text: str) -> str:
        asked.append(text)
        return answer

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", reply)
    runs("clean=true")
    assert asked == ["Remove 8 checkpoints, 8.0 MiB? [y/N] "]
    assert (left(logs) != set(logs)) == removed


def test_without_anybody_to_ask_nothing_is_removed(logs: dict[str, Path]) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "runs.py"), "clean=true"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 1
    assert "nobody can be asked: ask=false removes 8 checkpoints" in done.stdout
    assert left(logs) == set(logs)


def test_runs_have_state_score_and_size(logs: dict[str, Path], runs: Runs, capsys: pytest.CaptureFixture[str]) -> None:
    runs()
    said = capsys.readouterr().out
    for words in (
        ["logs/one/a", "finished", "val/acc 0.5000", "2.0"],
        ["logs/one/d", "failed", "", "2.0"],
        ["logs/one/e", "stopped", "", "2.0"],
    ):
        assert words in [[cell.strip() for cell in line.strip("│").split("│")] for line in said.splitlines()]
    assert "10 runs, 20.0 MiB; 20 checkpoints, 20.0 MiB" in said


def test_a_run_that_was_trained_is_found_and_what_is_made_of_it_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    run = run_train(*QUICK, "trainer.max_epochs=1")
    make(str(run / "replay" / "other"), 0.5)
    (found,) = runs_below("logs")
    assert found.folder.resolve() == run
    assert found.score is not None
    assert found.state == "finished"
    show([found])
    assert f"{found.metric} {found.score:.4f}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("folder=nowhere",), "folder = nowhere does not exist: expected the folder of runs"),
        (("claen=true",), "did you mean clean"),
        (("-m", "keep=1,2"), "runs.py has no jobs: leave -m out"),
        (("keep=-1",), "keep = -1: expected"),
    ],
)
def test_wrong_words_are_one_sentence(
    words: tuple[str, ...], sentence: str, runs: Runs, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        runs(*words)
    assert sentence in str(stopped.value.code)


def test_without_a_run_the_list_is_empty(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    runs()
    assert capsys.readouterr().out == "0 runs, 0.0 MiB; 0 checkpoints, 0.0 MiB\n"


def test_no_torch_is_imported(tmp_path: Path) -> None:
    code = "import sys, runpy; runpy.run_path(sys.argv.pop(1), run_name='__main__'); assert 'torch' not in sys.modules"
    (tmp_path / "logs").mkdir()
    words = [sys.executable, "-c", code, str(ROOT / "runs.py")]
    place = dict(os.environ, PYTHONPATH=str(ROOT))
    done = subprocess.run(words, cwd=tmp_path, env=place, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "0 runs" in done.stdout
