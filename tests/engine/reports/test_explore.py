"""The data card: what it says, and that its page needs nothing else."""

import base64
import csv
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from project import default_dataset, identity, run_script
from torch.nn.functional import interpolate

from my_project.engine.data.collate import index_batch
from my_project.engine.data.datamodule import DataModule
from my_project.engine.definitions.classes import ClassTarget
from my_project.engine.definitions.definition import Batch
from my_project.engine.definitions.images import ImageInput
from my_project.engine.reports.data_card import (
    contradictions,
    counts_of,
    doubtful,
    fields_of,
    leaked_share,
    leaks,
    same_content,
)
from my_project.engine.reports.near_duplicates import file_facts, near_duplicates
from my_project.engine.reports.pictures import spread

DefaultDataset: Any = default_dataset()


@pytest.fixture(scope="module")
def splits() -> dict[Any, Batch]:
    data = DataModule(DefaultDataset(), identity)
    data.setup("fit")
    return data.splits


def test_the_page_has_its_pictures_inside_and_the_numbers_of_the_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = run_script("explore", "data.limit_samples=200")
    page, said = (folder / "data.html").read_text(), capsys.readouterr().out
    without_scripts = re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r'(src|href)="(?!data:|#)', without_scripts), "the page needs another file"
    pictures = re.findall(r'<img alt="([^"]+)" src="data:image/png;base64,([^"]+)"', page)
    assert {"train", "val", "test", "train, augmented", "train, as the dataset has it"} <= {
        name for name, _ in pictures
    }
    for name, data in pictures:
        (tmp_path / "x.png").write_bytes(base64.b64decode(data))
        assert np.asarray(Image.open(tmp_path / "x.png").convert("L")).std() > 5, f"{name} is blank"
    data = DataModule(DefaultDataset(), identity, limit_samples=200)
    data.setup("fit")
    for split, batch in data.splits.items():
        assert f"<td>{split}</td><td>{len(batch.id)}</td>" in page
    assert "data.html" in said
    (head,) = [line for line in said.splitlines() if "shape" in line and "dtype" in line]
    assert "…" not in head, "a heading is cut at 80 columns"
    assert "Samples that are in two splits" in said


def test_the_card_counts_measures_and_finds(splits: dict[Any, Batch]) -> None:
    definition = DefaultDataset().definition()
    for field in fields_of(splits["train"]):
        part = splits["train"].input if field.name in splits["train"].input._fields else splits["train"].target
        values = getattr(part, field.name).double()
        assert (field.low, field.high) == (values.min().item(), values.max().item())
        assert field.mean == pytest.approx(values.mean().item())
        assert field.std == pytest.approx(values.std(correction=0).item())
    for split, counts in counts_of(definition, splits).items():
        assert sum(counts) == len(splits[split].id)
    assert not leaks(same_content(splits))
    leaky = dict(splits, test=index_batch(splits["train"], torch.arange(0, 40, 4)))
    groups = leaks(same_content(leaky))
    assert len(groups) == 10
    assert leaked_share(groups, leaky) == 1.0
    assert {place.split for group in groups for place in group} == {"train", "test"}


def test_wrong_labels_are_doubted(splits: dict[Any, Batch]) -> None:
    definition, batch = DefaultDataset().definition(), splits["train"]
    field = definition.stratify
    if field is None:
        assert doubtful(definition, batch) == []
        return
    labels = getattr(batch.target, field).clone()
    places = list(range(0, 400, 40))
    labels[places] = (labels[places] + 1) % len(definition.class_names())
    spoiled = batch._replace(target=batch.target._replace(**{field: labels}))
    found = {place for place, _ in doubtful(definition, spoiled)} - {place for place, _ in doubtful(definition, batch)}
    assert len(found & set(places)) >= 8
    twice: dict[Any, Batch] = {"train": batch, "val": spoiled}
    wrong = contradictions(definition, twice, same_content(twice))
    assert {place.id for group in wrong for place in group} == set(batch.id[places].tolist())


def test_the_grids_show_all_classes(splits: dict[Any, Batch]) -> None:
    definition = DefaultDataset().definition()
    chosen = spread(definition, splits["train"])
    assert len(set(chosen.tolist())) == 24
    assert torch.equal(chosen, spread(definition, splits["train"]))
    if definition.stratify is not None:
        labels = getattr(splits["train"].target, definition.stratify)[chosen]
        counts = torch.bincount(labels, minlength=len(definition.class_names()))
        assert counts.max() - counts.min() <= 1


def batch_of(images: torch.Tensor) -> Batch:
    ids = torch.arange(len(images))
    return Batch(ids, torch.ones(len(images)), ImageInput(images), ClassTarget(ids % 2))


def test_images_that_look_alike_are_found() -> None:
    draws = torch.Generator().manual_seed(0)
    small = torch.randint(0, 256, (40, 3, 8, 8), generator=draws).float()
    images = interpolate(small, (64, 48), mode="bicubic").clamp(0, 255)
    noisy = (images[:5] * 0.9 + 10 + torch.randn(images[:5].shape, generator=draws) * 2).clamp(0, 255)
    flat = torch.full((2, 3, 64, 48), 7.0)
    splits: dict[Any, Batch] = {
        "train": batch_of(torch.cat([images, images[:1], flat]).byte()), "test": batch_of(noisy.byte())
    }  # fmt: skip
    found = near_duplicates(splits)
    assert found is not None
    pairs = {(str(one), str(other)) for one, other in found}
    assert {(f"train {number}", f"test {number}") for number in range(5)} <= pairs
    assert len(pairs) == 6  # the equal ones are no near duplicates, but each is one of the other's noisy copy
    assert near_duplicates({"train": batch_of(torch.zeros(3, 1, 8, 8).byte())}) is None


def test_facts_of_image_files(tmp_path: Path) -> None:
    for number in range(5):
        Image.new("L" if number else "RGB", (20 + number, 40)).save(tmp_path / f"{number}.png")
    (tmp_path / "5.png").write_bytes(b"no image")
    table = {row[0]: row[1] for row in file_facts(sorted(tmp_path.iterdir()))[1:]}
    assert table["width"] == "20 to 24 pixels, median 22"
    assert table["colour modes"] == "L 4, RGB 1"
    assert table["cannot be opened"].startswith("5.png (")
    assert file_facts([tmp_path / "5.png"]) == []


@pytest.mark.slow
def test_doubted_labels_are_a_gallery_and_a_table_to_correct(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    kind = default_dataset()
    get = kind.get_label
    monkeypatch.setattr(kind, "get_label", lambda self, token: (get(self, token) + (token % 40 == 0)) % 10)
    folder = run_script("explore")
    with (folder / "labels.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[0].keys() == {"split", "id", "path", "label", "suggested", "by", "corrected"}
    page = (folder / "data.html").read_text()
    gallery = page.partition('<ul class="gallery">')[2].partition("</ul>")[0]
    assert gallery.count("<li ") == min(len(rows), 48)
    assert f"{rows[0]['split']} {rows[0]['id']}</p>" in gallery
