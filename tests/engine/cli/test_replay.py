"""A replay of a run is equal to it, or tells the first difference and its likely cause."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from project import Train, epochs, rows, run_script, weights

from my_project.engine.core import code
from runs import copies


def git(repository: Path, *words: str) -> str:
    command = ["git", "-c", "user.name=x", "-c", "user.email=x", *words]
    return subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True).stdout.strip()


def commit(repository: Path) -> str:
    git(repository, "add", "--all")
    git(repository, "commit", "-qm", "for a test")
    return git(repository, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copy of this project in a repository with one commit; scripts take it for their own."""
    project = tmp_path / "project"
    for path in code.files():
        (project / path.relative_to(code.ROOT)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, project / path.relative_to(code.ROOT))
    git(project, "init", "-q")
    commit(project)
    monkeypatch.setattr(code, "ROOT", project)
    return project


@pytest.fixture
def run(trained_with: Train, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run of the commit, in logs/default/ of an empty folder, where the test works."""
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    (folder,) = copies([trained_with("scheduler=constant")], Path.cwd())
    (folder / "changes.diff").unlink(missing_ok=True)
    (folder / "uv.lock").unlink(missing_ok=True)
    records(folder, commit=git(repository, "rev-parse", "HEAD"), changes="none")
    return folder


def records(run: Path, **values: object) -> None:
    """Change the record of a run."""
    (entry,) = yaml.safe_load((run / "reproduce.yaml").read_text())
    (run / "reproduce.yaml").write_text(yaml.safe_dump([entry | values]))


def prepend(path: Path, text: str) -> None:
    path.write_text(text + path.read_text())


def refusal(run: Path, *words: str) -> str:
    """Sentence with which a replay ends."""
    with pytest.raises(SystemExit) as stopped:
        run_script("replay", f"run={run}", *words)
    assert not Path("logs/replay").exists()
    return str(stopped.value.code)


@pytest.mark.slow  # a quicker one: the command of the README, tests/test_readme.py
def test_a_replay_is_equal_with_the_code_of_then(
    run: Path, repository: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    prepend(repository / "train.py", "raise SystemExit(3)\n")  # the code of now fails
    commit(repository)
    prepend(repository / "train.py", "raise SystemExit(4)\n")
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    records(run, packages={"torch": "0.1"})
    run_script("replay", f"run={run}")
    printed = capfd.readouterr().out
    assert re.search(r"packages that differ from those of the run: .*torch [\d.+a-z]+ instead of 0\.1", printed)
    (again,) = run.glob("replay/*/run")
    number = len(rows(run))
    assert f"equal in {number} rows of metrics.csv, " in printed
    assert f"{len(weights(run))} tensors of checkpoints/last.ckpt. Its folder is {again}" in printed
    assert rows(again) == rows(run)
    (entry,) = yaml.safe_load((again / "reproduce.yaml").read_text())
    assert str(again.parent / "code" / "train.py") in entry["command"]
    assert entry["threads"] == 1  # as recorded
    assert entry["commit"].startswith("none")
    assert not Path("logs/replay").exists()
    assert git(repository, "status", "--porcelain") == "M train.py"


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1])
def test_a_snapshot_is_replayed_and_another_seed_differs_in_the_first_epoch(
    run: Path, capfd: pytest.CaptureFixture[str], seed: int
) -> None:
    code.snapshot(run)
    records(run, commit="0" * 40, seed=seed)
    if seed == 0:
        run_script("replay", f"run={run}", "trust=true")
        assert "The replay is equal" in capfd.readouterr().out
    else:
        told = refusal(run, "trust=true")
        (again,) = run.glob("replay/*/run")
        values = [folder_rows[0]["train/loss"] for folder_rows in (epochs(again), epochs(run))]
        assert values[0] != values[1]
        assert re.search(r"The replay differs \(epoch 0, step \d+: [\w/]+ = [\d.e-]+ instead of [\d.e-]+\)", told)
        assert "Likely cause: data or other files" in told
    assert (next(run.glob("replay/*/code-*")) / "command.txt").is_file()


def test_code_of_the_run_folder_needs_trust(run: Path, repository: Path) -> None:
    prepend(repository / "train.py", "raise SystemExit(3)\n")
    code.snapshot(run)
    (run / "changes.diff").write_text(code.changes())
    records(run, changes="changes.diff")
    git(repository, "checkout", "-q", "train.py")
    assert "changes.diff holds code that a replay executes" in (told := refusal(run))
    assert "add trust=true" in told
    assert not (run / "replay").exists()
    assert "exit status 3" in refusal(run, "trust=true")  # of the snapshot
    (run / "code.tar.gz").unlink()
    assert "exit status 3" in refusal(run, "trust=true")
    prepend(repository / "train.py", "raise SystemExit(3)\n")  # the same changes in this project
    assert "exit status 3" in refusal(run)
    (run / "changes.diff").write_text("no diff")
    assert "does not apply" in refusal(run, "trust=true")
    (run / "changes.diff").unlink()
    assert "There is no" in refusal(run, "trust=true")
    records(run, commit="0" * 40)
    code.snapshot(run)
    assert "code.tar.gz holds code that a replay executes" in refusal(run)


@pytest.mark.parametrize("name", ["none: the project is in no git repository", "0" * 40, "--output=x"])
def test_code_that_nobody_kept_is_named(run: Path, name: str) -> None:
    records(run, commit=name)
    told = refusal(run, "trust=true")
    assert f"commit {name} is not in this repository" in told
    assert "callback=[default,snapshot]" in told
    assert not Path("x").exists()


def unfinished(run: Path) -> None:
    (run / "job.json").write_text('{"state": "killed"}')


def running(run: Path) -> None:
    (run / "job.json").unlink()


def resumed(run: Path) -> None:
    prepend(run / "reproduce.yaml", (run / "reproduce.yaml").read_text())


def unrecorded(run: Path) -> None:
    (run / "reproduce.yaml").unlink()


def foreign(run: Path) -> None:
    path = run / ".hydra" / "config.yaml"
    path.write_text(re.sub(r"(?<=^loss:\n  _target_: )\S+", "os.system", path.read_text(), flags=re.MULTILINE))


def secret(run: Path) -> None:
    path = run / ".hydra" / "config.yaml"
    path.write_text(path.read_text() + "password: '***'\n")


def bare(run: Path) -> None:
    for path in ("metrics.csv", "test/metrics.json", "checkpoints/last.ckpt"):
        (run / path).unlink()


REFUSED: dict[Callable[[Path], None], str] = {
    unfinished: r"has not finished \(job\.json: state = killed\)",
    running: r"has not finished \(job\.json: state = None\)",
    resumed: r"was resumed \(reproduce\.yaml has 2 starts\)",
    unrecorded: r"reproduce\.yaml cannot be read",
    foreign: r"could run code that is not of this project",
    secret: r"its config has a secret",
    bare: r"has nothing to compare",
}


@pytest.mark.parametrize("change", REFUSED, ids=lambda change: change.__name__)
def test_other_runs_are_refused(run: Path, change: Callable[[Path], None]) -> None:
    change(run)
    assert re.search(REFUSED[change], refusal(run, "trust=true"))
    assert not (run / "replay").exists()
