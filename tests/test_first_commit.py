"""A new project is in git, with its lock, and the same when it is made again."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT, Bake, bake_into, write_failing_uv


def test_the_first_commit_holds_everything(bake: Bake) -> None:
    project = bake(author="Ada Lovelace", email="ada@example.com")
    log = subprocess.run(["git", "log", "--format=%an <%ae>"], cwd=project, capture_output=True, text=True, check=True)
    assert log.stdout == "Ada Lovelace <ada@example.com>\n"
    status = subprocess.run(["git", "status", "--porcelain"], cwd=project, capture_output=True, text=True, check=True)
    assert status.stdout == ""


def test_the_first_commit_holds_a_lock_that_fits(projects: dict[str, Path]) -> None:
    uv = os.environ.get("UV", "uv")
    for name in ("default", "blank"):
        log = subprocess.run(
            ["git", "log", "--oneline", "uv.lock"], cwd=projects[name], capture_output=True, text=True, check=True
        )
        assert len(log.stdout.splitlines()) == 1
        subprocess.run([uv, "lock", "--check", "--offline"], cwd=projects[name], check=True)


def test_where_uv_cannot_lock_the_project_is_made_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    uv, calls = write_failing_uv(tmp_path)
    monkeypatch.setenv("UV", str(uv))
    project = bake_into(tmp_path)
    assert calls.read_text() == f"{project}\n" * 2, "it is tried again"
    assert not (project / "uv.lock").exists()
    (line,) = [line for line in capfd.readouterr().out.splitlines() if "uv.lock" in line]
    assert "`uv lock`" in line
    assert (project / ".git").exists()


def test_inside_a_repository_there_is_no_second_one(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    assert not (bake_into(tmp_path) / ".git").exists()


def test_without_git_the_project_is_made_all_the_same(tmp_path: Path) -> None:
    python = tmp_path / "bin"
    python.mkdir()
    (python / "python").symlink_to(shutil.which("python3") or "python3")
    command = [str(ROOT / ".venv" / "bin" / "cookiecutter"), str(ROOT), "--no-input", "--output-dir", str(tmp_path)]
    answer = subprocess.run(command, env={"PATH": str(python), "HOME": str(tmp_path)}, capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    assert not (tmp_path / "my-project" / ".git").exists()
    assert answer.stderr == ""
    assert "uv run train.py" in answer.stdout


def test_baking_again_over_a_project_gives_the_same(tmp_path: Path) -> None:
    def content(project: Path) -> dict[Path, bytes]:
        files = (path for path in project.rglob("*") if path.is_file() and ".git" not in path.parts)
        return {path: path.read_bytes() for path in files}

    before = content(bake_into(tmp_path))
    again = bake_into(tmp_path, overwrite=True)
    assert content(again) == before
    log = subprocess.run(["git", "log", "--oneline"], cwd=again, capture_output=True, text=True, check=True)
    assert len(log.stdout.splitlines()) == 1
