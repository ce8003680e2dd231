"""A damaged checkpoint is refused by name, and a run is resumed from another one."""

import random
import shutil
from pathlib import Path
from zipfile import ZipFile

import pytest
import torch
from project import QUICK, Train, checkpoint, rows, run_train, weights

from my_project.engine.checkpoints.checkpoint import load
from my_project.engine.checkpoints.checkpoint_io import CheckpointFile
from my_project.engine.checkpoints.checksums import sound_checkpoint
from my_project.engine.core.errors import InputError
from my_project.engine.training.warm_start import warm_start

FOUR = (*QUICK, "scheduler=constant", "trainer.max_epochs=4")


def tensor_bytes(path: Path) -> list[int]:
    """Positions of all bytes of tensors in a file of `torch.save`."""
    with ZipFile(path) as file:
        members = [member for member in file.infolist() if "/data/" in member.filename and member.file_size]
    content = path.read_bytes()
    positions: list[int] = []
    for member in members:
        header = content[member.header_offset :][:30]
        start = member.header_offset + 30 + int.from_bytes(header[26:28], "little")
        start += int.from_bytes(header[28:30], "little")
        positions += range(start, start + member.file_size)
    return positions


def flip(path: Path, position: int) -> None:
    with path.open("r+b") as file:
        file.seek(position)
        byte = file.read(1)[0]
        file.seek(position)
        file.write(bytes([byte ^ 1 << position % 8]))


def test_one_flipped_bit_of_a_tensor_is_found_by_every_reader(trained_with: Train, tmp_path: Path) -> None:
    path = Path(shutil.copy(trained_with() / "checkpoints/best.ckpt", tmp_path))
    pipeline = load(path)
    for position in random.Random(0).sample(tensor_bytes(path), 20):
        flip(path, position)
        torch.load(path, weights_only=True)  # torch does not notice
        for read in (load, CheckpointFile().load_checkpoint, lambda path: warm_start(pipeline, str(path))):
            with pytest.raises(InputError, match=r"best.ckpt is damaged \(its member archive/data/\d+ does not have"):
                read(path)
        flip(path, position)
    assert load(path)


@pytest.mark.parametrize(("kept", "sentence"), [(0.9, "it is truncated or overwritten"), (0, "is not a checkpoint")])
def test_a_truncated_file_is_refused(trained_with: Train, tmp_path: Path, kept: float, sentence: str) -> None:
    path = Path(shutil.copy(trained_with() / "checkpoints/best.ckpt", tmp_path))
    path.write_bytes(path.read_bytes()[: int(kept * path.stat().st_size)])
    with pytest.raises(InputError, match=f"best.ckpt .*{sentence}"):
        load(path)
    with pytest.raises(InputError, match="is damaged"):
        CheckpointFile().load_checkpoint(path)


@pytest.mark.slow
def test_a_run_whose_last_checkpoint_is_damaged_goes_on_from_the_best(train: Train) -> None:
    four = train(*FOUR, "name=four")
    one, two = (train(*FOUR, f"trainer.max_epochs={epochs}", "name=short") for epochs in (1, 2))
    shutil.copy(one / "checkpoints/best.ckpt", two / "checkpoints/best.ckpt")  # so that an epoch is lost
    last = two / "checkpoints/last.ckpt"
    flip(last, random.Random(1).choice(tensor_bytes(last)))
    assert run_train(f"resume={two}", "trainer.max_epochs=4") == two
    log = (two / "train.log").read_text()
    assert "resumed from best.ckpt, after epoch 1; epochs lost: 1 of 2." in log
    assert checkpoint(two)["epoch"] == 3
    assert all(torch.equal(value, weights(two)[name]) for name, value in weights(four).items())
    assert [row for row in rows(four) if not row["test/loss"]] == [row for row in rows(two) if not row["test/loss"]]


def test_a_run_without_a_sound_checkpoint_is_refused_and_kept(train: Train, trained_with: Train) -> None:
    run = Path(shutil.copytree(trained_with(), "run")).resolve()
    for path in run.glob("checkpoints/*.ckpt"):
        path.write_bytes(path.read_bytes()[:5000])
    changed = ("train.log", "job.json", "run.lock")
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file() and path.name not in changed}
    assert sound_checkpoint(run) is None
    with pytest.raises(SystemExit, match=r"last.ckpt is damaged \(.*\), and the run has no other") as refused:
        run_train(f"resume={run}")
    assert "resume=" not in str(refused.value.code)
    assert {path: path.read_bytes() for path in before} == before
