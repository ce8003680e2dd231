"""Images in tables and in lists of tables."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from image_stand_ins import COLOURS
from project import Train, rows

from image_parts import parts
from my_project.datasets.image_folder import ImageFolder
from my_project.datasets.labels_csv import LabelsCSV
from my_project.datasets.list_file import ListFile
from my_project.engine.core.errors import InputError
from my_project.engine.data.datamodule import DataModule
from my_project.engine.data.options import SamplingOptions
from my_project.engine.models.pipeline import Pipeline
from my_project.models.mlp import MLP
from my_project.transformers.fit_image import FitImage


def test_tables_train_and_are_the_folder_of_images(train: Train, photos: Path) -> None:
    words = [f"dataset.root={photos}", "trainer.max_epochs=8", "trainer=cpu", "callback=none"]
    assert float(rows(train("dataset=labels_csv", *words))[-1]["test/acc"]) > 0.9
    tables, folders = LabelsCSV(str(photos)), ImageFolder(str(photos))
    assert tables.definition() == folders.definition()
    assert [(token.row.path, tables.get_label(token)) for token in tables.tokens("test")] == [
        (token, folders.get_label(token)) for token in folders.tokens("test")
    ]
    assert [tables.get_weight(token) for token in tables.tokens("train")][:4] == [1, 2, 1, 2]
    (photos / "test").rename(photos / "validation")
    shutil.copytree(photos / "validation", photos / "test")
    assert len(LabelsCSV(str(photos)).tokens("val")) == 18


def edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        path = root / name
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new, 1))

    return change


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda root: (root / "test/labels.csv").unlink(), "There is no file .*test/labels.csv, expected a CSV file"),
        (lambda root: (root / "validation").mkdir(), "There is no file .*validation/labels.csv"),
        (edit("train/labels.csv", ",weight", ",weigth"), "has a column 'weigth', did you mean 'weight'"),
        pytest.param(
            edit("train/labels.csv", "image name", "imagename"),
            r"no column 'image name' \('imagename' is near\)",
            marks=pytest.mark.slow,
        ),
        (
            edit("train/labels.csv", "label", "colour"),
            "no column 'label', its first line is: image name, colour, weight",
        ),
        (edit("test/labels.csv", ",red,", ",pink,"), "has the label pink, expected one of blue, green, red"),
        (edit("train/labels.csv", ",red,1", ",red,-1"), "line .* has the weight -1, expected a finite number >= 0"),
        pytest.param(
            edit("train/labels.csv", ",red,1", ",red,much"),
            "line .* has the weight much, expected a finite number",
            marks=pytest.mark.slow,
        ),
        (edit("train/labels.csv", ",red,1", ",,1"), "line .* has no label"),
        (lambda root: (root / "train/labels.csv").write_bytes(b"\xff\xfe\x00"), "is no CSV file in UTF-8"),
        (
            lambda root: (root / "train/labels.csv").write_text("image name,label\na,b\n"),
            "expected at least two labels",
        ),
        (lambda root: (root / "train/red/0.jpg").unlink(), "There is no file .*0.jpg: add it, or correct"),
    ],
)
def test_bad_tables_are_one_sentence_and_leave_nothing(
    train: Train, photos: Path, spoil: Callable[[Path], Any], sentence: str
) -> None:
    spoil(photos)
    with pytest.raises(SystemExit, match=sentence) as stopped:
        train("dataset=labels_csv", f"dataset.root={photos}", "trainer=cpu")
    assert "\n" not in str(stopped.value)
    assert not list(Path("logs").glob("*/*"))


def test_labels_that_are_numbers_are_sorted_as_numbers(photos: Path) -> None:
    table = photos / "train/labels.csv"
    table.write_text(table.read_text().replace("red", "10", 1).replace(",red,", ",10,").replace(",blue,", ",9,"))
    table.write_text(table.read_text().replace(",green,", ",100,"))
    (photos / "test/labels.csv").write_text("image name,label\nred/0.jpg,10\n")
    assert LabelsCSV(str(photos)).classes == ["9", "10", "100"]


def test_lists_are_drawn_from_by_their_ratios(photos: Path) -> None:
    lines = (photos / "train/labels.csv").read_text().splitlines()
    for name, part in {"few.csv": lines[1:10] + lines[-4:], "many.csv": lines[10:-4]}.items():
        (photos / "train" / name).write_text("\n".join([lines[0], *part]))
    lists = {"train": ["train/few.csv", "train/many.csv"], "test": ["test/labels.csv"]}
    dataset = ListFile(str(photos), **lists, ratios=[3, 1], size=8)  # type: ignore[arg-type]
    data = DataModule(dataset, Pipeline(dataset.definition(), MLP, *parts(), cached=fitted()).prepare, batch_size=8)
    data.setup("fit")
    tokens = dataset.tokens("train")
    for epoch in range(3):
        loader = data.train_dataloader()
        loader.sampler.set_epoch(epoch)
        drawn = [dataset.source_of(tokens[place]) for batch in loader for place in batch.id.tolist()]
        assert abs(drawn.count(0) / len(drawn) - 0.75) < 0.02
    with pytest.raises(InputError, match=r"ratios = \[1, 0\]: expected a number above 0 for each of 2 lists"):
        ListFile(str(photos), **lists, ratios=[1, 0])  # type: ignore[arg-type]
    both = DataModule(dataset, data.prepare, sampling=SamplingOptions(balance=True))
    with pytest.raises(InputError, match="choose one"):
        both.setup("fit")


def fitted() -> dict[str, Any]:
    return {"fit": FitImage}


def test_the_three_colours_are_all_there(photos: Path) -> None:
    assert tuple(LabelsCSV(str(photos)).classes) == tuple(sorted(COLOURS))
