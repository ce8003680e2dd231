"""Folders of photos, a class each."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from image_stand_ins import COLOURS
from project import Train, rows

from my_project.datasets.image_folder import ImageFolder
from my_project.engine.data.datamodule import DataModule
from my_project.transformers.fit_image import FitImage


@pytest.mark.slow
def test_a_folder_of_photos_trains_with_one_override(train: Train, photos: Path) -> None:
    folder = train("dataset=image_folder", f"dataset.root={photos}", "trainer.max_epochs=8", "trainer=cpu")
    assert float(rows(folder)[-1]["test/acc"]) > 0.9
    charts = ("confusion_matrix", "calibration", "precision_recall_curve", "receiver_operating_characteristic")
    assert all((folder / "pictures" / f"{name}.png").exists() for name in (*charts, "worst", "samples_raw"))


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda root: (root / "train").rename(root / "old"), "There is no folder .*train"),
        (lambda root: (root / "train" / "yellow").mkdir(), "Class folder .*yellow has no image"),
        (lambda root: (root / "test" / "yellow").mkdir(), "has classes that train lacks .yellow"),
        (
            lambda root: shutil.copytree(root / "test", root / "val") / "red" and (root / "val" / "x").mkdir(),
            "train lacks .x",
        ),
        (lambda root: (root / "train" / "red" / "9.jpg").write_text("no image"), "9.jpg cannot be read as an image"),
    ],
)
@pytest.mark.parametrize("workers", [0, pytest.param(2, marks=pytest.mark.slow)])
def test_bad_folders_are_one_sentence_and_leave_nothing(
    train: Train, photos: Path, spoil: Callable[[Path], Any], sentence: str, workers: int
) -> None:
    spoil(photos)
    with pytest.raises(SystemExit, match=sentence) as stopped:
        train("dataset=image_folder", f"dataset.root={photos}", f"data.num_workers={workers}", "trainer=cpu")
    assert "\n" not in str(stopped.value)
    assert not list(Path("logs").glob("*/*"))


def test_classes_are_sorted_and_labels_follow_them(photos: Path) -> None:
    dataset = ImageFolder(str(photos))
    assert dataset.definition().classes == ("blue", "green", "red")
    for token in dataset.tokens("test"):
        assert dataset.definition().classes[dataset.get_label(token)] == token.parent.name


def test_an_own_validation_folder_is_used(photos: Path) -> None:
    (photos / "test").rename(photos / "val")
    for name in COLOURS:
        (photos / "test" / name).mkdir(parents=True)
        (photos / "val" / name / "0.jpg").rename(photos / "test" / name / "0.jpg")
    dataset = ImageFolder(str(photos), size=8)
    fit = FitImage(dataset.definition())
    data = DataModule(dataset, lambda sample, mode: fit(sample) if mode else None)
    data.setup("fit")
    assert {split: len(batch.id) for split, batch in data.splits.items()} == {"train": 54, "val": 15, "test": 3}
