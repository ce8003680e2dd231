"""dataset=huggingface, in a project whose environment has the package `datasets`; run by test_huggingface.py."""

from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory

import datasets
import torch
from image_stand_ins import write_photos
from my_project.datasets.huggingface import HuggingFace
from my_project.datasets.image_folder import ImageFolder
from my_project.engine.core.errors import InputError
from project import QUICK, rows, run_train


def samples(dataset: ImageFolder | HuggingFace, split: str) -> list[tuple[torch.Tensor, int]]:
    definition = dataset.definition()
    return [(dataset.get_image(token, definition), dataset.get_label(token)) for token in dataset.tokens(split)]


def check_equal(one: list[tuple[torch.Tensor, int]], other: list[tuple[torch.Tensor, int]]) -> None:
    def key(sample: tuple[torch.Tensor, int]) -> tuple[int, int, float]:
        return sample[1], sample[0].numel(), float(sample[0].double().sum())

    assert len(one) == len(other) > 0
    for (image, label), (found, number) in zip(sorted(one, key=key), sorted(other, key=key), strict=True):
        assert label == number
        assert torch.equal(image, found)


def sentence(*args: str, **named: str) -> str:
    try:
        HuggingFace(*args, **named)
    except InputError as error:
        return str(error)
    raise AssertionError("nothing was refused")


with TemporaryDirectory() as folder, chdir(folder):
    write_photos(Path("photos"))
    expected, found = ImageFolder("photos"), HuggingFace("photos")
    assert expected.definition() == found.definition()
    for split in ("train", "test"):
        check_equal(samples(expected, split), samples(found, split))
    assert found.tokens("val") == []
    assert all(path.is_file() for path in found.source_files())

    datasets.load_dataset("photos").save_to_disk("saved")
    check_equal(samples(found, "test"), samples(HuggingFace("saved"), "test"))

    names = found.classes
    for split, table in datasets.load_from_disk("saved").items():
        with_names = [names[number] for number in table["label"]]
        table = table.remove_columns("label").add_column("kind", with_names).rename_column("image", "photo")
        Path("tables").mkdir(exist_ok=True)
        table.to_parquet(f"tables/{'validation' if split == 'test' else split}.parquet")
    other = HuggingFace("tables", image="photo", label="kind", test="validation", val="none")
    check_equal(samples(found, "test"), samples(other, "test"))

    assert sentence("tables", image="photo", label="kind") == (
        "tables has no split 'test': its splits are train, validation."
    )
    assert sentence("photos", label="kind") == "photos has no column 'kind': its columns are image, label."
    assert sentence("nowhere").startswith("There is no folder nowhere that can be read, and no such dataset")

    run = run_train(*QUICK, "dataset=huggingface", "dataset.root=photos", "trainer.max_epochs=8", "data.num_workers=2")
    assert float(rows(run)[-1]["test/acc"]) > 0.9
print("all equal")
