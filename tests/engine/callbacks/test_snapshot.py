"""The code that is kept with a run makes the same run."""

import shlex
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import project
import pytest
from project import QUICK, ROOT, Train, rows

from my_project.engine.core import code

PACKAGE = "my_project"


def unpack(folder: Path) -> Path:
    with tarfile.open(folder / "code.tar.gz") as archive:
        archive.extractall("unpacked", filter="data")
    return Path("unpacked").resolve()


def own_modules() -> dict[str, ModuleType]:
    return {name: module for name, module in sys.modules.items() if name.split(".")[0] in (PACKAGE, "train")}


def forget() -> None:
    """The project's modules will be imported anew."""
    for name in own_modules():
        del sys.modules[name]


@pytest.fixture
def same_modules_after() -> Iterator[None]:
    """The project's modules are after the test what they were before."""
    old = own_modules()
    yield
    forget()
    sys.modules.update(old)


@pytest.mark.slow
def test_the_unpacked_code_makes_the_same_run(
    train: Train, same_modules_after: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = train(
        *QUICK,
        "callback=[default,snapshot]",
        "optimizer.lr=2e-3",
        "data.limit_samples=60",
        "+trainer.gradient_clip_val=1",
    )
    unpacked = unpack(folder)
    command = shlex.split((unpacked / "command.txt").read_text())
    assert command[:2] == ["python", "train.py"]
    # A change in the unpacked code proves that it is this code that runs.
    configs = unpacked / "configs/train.yaml"
    configs.write_text(configs.read_text().replace("seed: 0 ", "seed: 1 "))
    forget()
    monkeypatch.setattr(project, "ROOT", unpacked)
    monkeypatch.syspath_prepend(str(unpacked))
    assert rows(train(*command[2:], "seed=0")) == rows(folder)
    assert str(sys.modules[f"{PACKAGE}.engine.core.code"].__file__).startswith(str(unpacked))
    assert rows(train(*command[2:])) != rows(folder)


def test_the_snapshot_holds_what_git_would_and_a_resume_adds_one(
    train: Train, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run"
    (folder / ".hydra").mkdir(parents=True)
    (folder / ".hydra/overrides.yaml").write_text("[seed=3]")
    with monkeypatch.context() as patch:
        patch.setattr(code, "git", lambda *_: "train.py\0README.md\0deleted.py\0")
        assert code.snapshot(folder).name == "code.tar.gz"
    with tarfile.open(folder / "code.tar.gz") as archive:
        assert sorted(archive.getnames()) == ["README.md", "command.txt", "train.py"]
    with monkeypatch.context() as patch:
        patch.setattr(code, "git", lambda *_: "")  # there is none
        assert code.snapshot(folder).name == "code_2.tar.gz"
    with tarfile.open(folder / "code_2.tar.gz") as archive:
        names = set(archive.getnames())
    assert {"train.py", "pyproject.toml", "configs/train.yaml", f"{PACKAGE}/engine/core/code.py"} <= names
    assert not [name for name in names if name.startswith((".venv", "logs", "data"))]
    (new := ROOT / "new_file_of_a_test.py").write_text("")
    try:
        assert new in code.files()
    finally:
        new.unlink()
