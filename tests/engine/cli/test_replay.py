"""A replay of a run is equal to it, or tells the first difference and its likely cause."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from project import Train, epochs, rows, run_script, weights

from my_project.engine.cli import provenance
from my_project.engine.cli.replay import cause, other_packages
from my_project.engine.cli.run_difference import compared, first_difference
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
    (run / "changes.diff").write_text(provenance.changes())
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


def test_the_first_difference_has_its_place_and_both_values(trained_with: Train, tmp_path: Path) -> None:
    run, other = copies([trained_with("scheduler=constant")], tmp_path)[0], tmp_path / "other"
    shutil.copytree(run, other)
    assert first_difference(run, other) is None
    assert re.fullmatch(r"\d+ rows of metrics.csv, \d+ values of test/metrics.json, \d+ tensors of .*", compared(run))

    path = other / "checkpoints" / "last.ckpt"
    content: Any = torch.load(path, weights_only=True)
    name, tensor = next((name, value) for name, value in content["state_dict"].items() if value.shape == (12,))
    before = tensor[1].item()
    tensor[1] = torch.nextafter(tensor[1], torch.tensor(torch.inf))
    torch.save(content, path)
    told = first_difference(run, other)
    assert told == f"checkpoints/last.ckpt: {name}, value 1 = {tensor[1].item()!r} instead of {before!r}"
    del content["state_dict"][name]
    torch.save(content, path)
    assert first_difference(run, other) == f"checkpoints/last.ckpt: {name} is missing"

    metrics = json.loads((run / "test" / "metrics.json").read_text())
    (other / "test" / "metrics.json").write_text(json.dumps(metrics | {"loss": -1.0}))
    assert first_difference(run, other) == f"test/metrics.json: loss = -1.0 instead of {metrics['loss']}"

    text = (other / "metrics.csv").read_text()
    (other / "metrics.csv").write_text(text.rstrip().rpartition("\n")[0] + "\n")
    last = rows(run)[-1]
    assert str(first_difference(run, other)).startswith(f"epoch {last['epoch']}, step {last['step']}: step = missing")
    (other / "metrics.csv").unlink()
    assert first_difference(run, other) == "there is no metrics.csv"


def test_the_likely_cause_is_what_the_records_tell() -> None:
    before = {"packages": {"a": "1", "b": "1"}, "python": "3", "device": "CPU", "cpu": "AVX2", "threads": 1}
    assert other_packages(before, before | {"packages": {"a": "2", "c": "1"}}) == (
        "a 2 instead of 1, b missing instead of 1, c 1 instead of missing"
    )
    assert cause(before, before | {"packages": {"a": "2", "b": "1"}}) == "other packages (a 2 instead of 1)"
    assert cause(before, before | {"threads": 4}) == "threads = 4 instead of 1"
    old = {name: before[name] for name in ("packages", "python", "device")}
    assert cause(old, before) == "cpu of the run, which was not recorded (cpu = AVX2 now)"
    assert "neither in git nor in the snapshot" in cause(before, before)
