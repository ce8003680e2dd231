"""The fingerprint of data tells what has changed, and runs whose data have changed say so."""

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from project import Train, checkpoint, run_script, run_train

from my_project.datasets.image_folder import ImageFolder
from my_project.engine.core.plain import PlainData
from my_project.engine.data.fingerprint import difference, fingerprint

TRAINED = (
    "dataset=image_folder",
    "data/cache=off",
    "trainer=cpu",
    "callback=default",
    "trainer.max_epochs=1",
    "scheduler=constant",
)


def of(root: Path, contents: bool = False) -> PlainData:
    return fingerprint(ImageFolder(str(root)), ("train", "test"), contents)


def first_of(root: Path) -> Path:
    return min((root / "train" / "red").iterdir())


def add(root: Path) -> None:
    shutil.copy2(first_of(root), root / "train" / "red" / "zz.jpg")


def rename(root: Path) -> None:
    first_of(root).rename(root / "train" / "red" / "zz.jpg")


def longer(root: Path) -> None:
    first_of(root).write_bytes(first_of(root).read_bytes() + b"x")


def touch(root: Path) -> None:
    os.utime(first_of(root), (1, 1))


def flip(root: Path) -> None:
    """Another byte, and the same size and time."""
    state, content = first_of(root).stat(), bytearray(first_of(root).read_bytes())
    content[-5] ^= 1
    first_of(root).write_bytes(content)
    os.utime(first_of(root), ns=(state.st_atime_ns, state.st_mtime_ns))


TOLD: dict[Callable[[Path], None], tuple[str, str]] = {
    add: (r"train: \d+ samples instead of \d+",) * 2,
    rename: ("train: other samples",) * 2,
    longer: ("train: files of another size",) * 2,
    touch: ("train: files written since, of the same size", ""),
    flip: ("", "train: files of another content"),
}


@pytest.mark.parametrize("contents", [False, True])
@pytest.mark.parametrize("change", TOLD)
def test_what_has_changed_is_told(photos: Path, contents: bool, change: Callable[[Path], None]) -> None:
    before = json.loads(json.dumps(of(photos, contents)))
    assert difference(before, of(photos, contents)) == ""
    change(photos)
    told = difference(before, of(photos, contents))
    assert re.fullmatch(TOLD[change][contents], told)


def test_data_that_were_moved_are_the_same(photos: Path, tmp_path: Path) -> None:
    before = of(photos)
    photos.rename(tmp_path / "elsewhere")
    assert difference(before, of(tmp_path / "elsewhere")) == ""


@pytest.mark.slow
def test_a_resume_and_an_evaluation_name_changed_data(train: Train, photos: Path, tmp_path: Path) -> None:
    folder = train(*TRAINED, f"dataset.root={photos}")
    log = folder / "train.log"
    kept = json.loads((folder / "data.json").read_text())
    assert checkpoint(folder)["DataModule"] == kept
    evaluation = run_script("evaluate", f"run={folder}") / "evaluate.log"
    assert "have changed" not in log.read_text() + evaluation.read_text()
    shutil.copy2(min((photos / "test" / "red").iterdir()), photos / "test" / "red" / "zz.jpg")
    count = kept["test"]["samples"]
    sentence = f"(test: {count + 1} samples instead of {count})"
    evaluation = run_script("evaluate", f"run={folder}") / "evaluate.log"
    assert f"The data have changed since {folder.name} was trained {sentence}" in evaluation.read_text()
    evaluation = run_script("evaluate", f"run={folder}", "split=val") / "evaluate.log"
    assert "have changed" not in evaluation.read_text(), "those samples have not"
    run_train(f"resume={folder}", "trainer.max_epochs=2")
    assert f"The data have changed since the checkpoint was written {sentence}" in log.read_text()
    assert json.loads((folder / "data.json").read_text())["test"]["samples"] == count + 1
