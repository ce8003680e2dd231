"""A disk that fills up while a run writes: one sentence, and nothing that was good is lost."""

import csv
import errno
import multiprocessing
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest
import torch
from matplotlib.figure import Figure
from project import QUICK, SIX_STEPS, Train, epochs, run_train

from my_project.engine.core.disk import full_disk
from my_project.engine.core.files import atomic_write

FAULTS = ((tarfile.TarFile, "addfile"), (os, "fsync"), (csv.DictWriter, "writerows"), (Figure, "savefig"))
"""In snapshot, checkpoint, metrics and pictures: what each calls once its file is open."""


def no_room(*arguments: Any, **named: Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.slow
def test_a_full_disk_is_one_sentence_and_loses_nothing(
    train: Train, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = train(*SIX_STEPS, "scheduler=constant", "callback=[default,snapshot]")
    for place, name in FAULTS:
        before = {path.name: path.read_bytes() for path in folder.rglob("*.ckpt")}
        rows = len(epochs(folder))
        capfd.readouterr()
        with monkeypatch.context() as patch:
            patch.setattr(place, name, no_room)
            with pytest.raises(SystemExit) as stopped:
                run_train(f"resume={folder}", "trainer.max_epochs=3")
        said = "".join(capfd.readouterr())
        assert stopped.value.code == 1
        assert said.count("The disk of") == 1, name
        assert str(folder) in said
        assert f"python train.py resume={folder}" in said
        assert "Traceback" not in said + (folder / "train.log").read_text()
        assert not list(folder.rglob("*.new")), name
        assert len(epochs(folder)) >= rows
        for path in folder.rglob("*.ckpt"):
            assert torch.load(path, weights_only=True)["epoch"] >= (path.name == "last.ckpt")
            assert name == "savefig" or path.name == "best.ckpt" or path.read_bytes() == before[path.name], name
    run_train(f"resume={folder}", "trainer.max_epochs=3")
    assert len(epochs(folder)) == 3


def test_a_disk_that_is_full_from_the_start_leaves_the_config_of_a_run(
    train: Train, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = train(*QUICK, "trainer.max_epochs=1", "callback=[default]")
    before = {path: path.read_bytes() for path in folder.glob(".hydra/*")}

    def save(config: Any, filename: str, output_dir: Path) -> None:
        (output_dir / filename).write_text("")
        no_room()

    monkeypatch.setattr("hydra.core.utils._save_config", save)  # Hydra's own, before the job begins
    with pytest.raises(SystemExit, match="The disk of"):
        run_train(f"resume={folder}")
    assert {path: path.read_bytes() for path in folder.glob(".hydra/*")} == before


def test_what_is_replaced_stays_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep/file.txt"
    with atomic_write(path) as new:
        new.write_text("good")

    def interrupted() -> None:
        with atomic_write(path) as new:
            new.write_text("ha")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [item.name for item in path.parent.iterdir()] == ["file.txt"]
    assert path.read_text() == "good"


def test_full_disks_are_told_from_other_errors(tmp_path: Path) -> None:
    full = OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "a/b"))
    try:
        raise RuntimeError("while saving") from full
    except RuntimeError as error:
        wrapped = error
    for error in (full, wrapped, OSError(errno.EDQUOT, "quota"), RuntimeError("(sqlite) database or disk is full")):
        assert f"The disk of {tmp_path} " in str(full_disk(error, tmp_path))
    for other in (OSError(errno.ENOENT, "none"), ValueError("x")):
        assert full_disk(other, tmp_path) is None


def test_full_shared_memory_is_not_taken_for_the_disk_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("multiprocessing.synchronize._multiprocessing.SemLock", full)
    with pytest.raises(OSError, match="No space") as semaphore:
        multiprocessing.Lock()
    tensor = RuntimeError("unable to allocate shared memory(shm) for file </torch_1>: No space left on device (28)")
    for error in (semaphore.value, tensor):
        assert "shared memory of processes is full (/dev/shm" in str(full_disk(error, tmp_path))


def test_errors_that_cause_each_other_have_an_end(tmp_path: Path) -> None:
    first, second = ValueError("one"), ValueError("two")
    first.__cause__, second.__context__ = second, first
    assert full_disk(first, tmp_path) is None
