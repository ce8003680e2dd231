"""Images that reading enlarges or shrinks are told, in one line a split."""

import logging
import re
from pathlib import Path

import pytest
from PIL import ExifTags, Image
from project import config_of

from my_project.engine.definitions.image_file import read_image
from my_project.engine.definitions.images import LAST_READ
from my_project.engine.training.factory import data_and_pipeline


def lines_of(caplog: pytest.LogCaptureFixture, *words: str) -> list[str]:
    with caplog.at_level(logging.INFO):
        data, _ = data_and_pipeline(config_of(*words))
        data.setup("fit")
    return [line for line in caplog.messages if "pixels" in line]


@pytest.mark.parametrize("workers", [0, 2])
def test_photos_of_other_sizes_are_told(photos: Path, caplog: pytest.LogCaptureFixture, workers: int) -> None:
    small, large = (
        lines_of(
            caplog,
            "dataset=image_folder",
            f"dataset.root={photos}",
            f"dataset.size={size}",
            f"data.num_workers={workers}",
        )
        for size in (16, 200)
    )
    told = r"ImageFolder \w+: images of \d+ of \d+ samples are (\w+), in the median from \d\d x .* to \d+ x \d+ pixels"
    found = [re.fullmatch(told, line) for line in small + large]
    assert {each and each[1] for each in found[: len(small)]} == {"shrunk"}
    assert {each and each[1] for each in found[-1:]} == {"enlarged"}
    assert len(small) == 3


def test_images_of_one_size_are_not_told(caplog: pytest.LogCaptureFixture) -> None:
    assert lines_of(caplog, "dataset=digits") == []


@pytest.mark.parametrize("turned", [False, True])
def test_the_size_of_a_file_is_that_before_it_was_reduced(tmp_path: Path, turned: bool) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6 if turned else 1
    Image.new("RGB", (400, 300)).save(tmp_path / "large.jpg", exif=exif)
    assert read_image(tmp_path / "large.jpg", (20, 20)).shape[1:] != (300, 400)
    assert [(400, 300) if turned else (300, 400)] == LAST_READ
