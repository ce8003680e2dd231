"""The data card: what it says, and that its page needs nothing else."""

import base64
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from project import default_dataset, identity, run_script

from my_project.engine.data.collate import index_batch
from my_project.engine.data.datamodule import DataModule
from my_project.engine.definitions.definition import Batch
from my_project.engine.reports.data_card import (
    contradictions,
    counts_of,
    doubtful,
    fields_of,
    leaked_share,
    leaks,
    same_content,
)

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
    assert not re.search(r'(src|href)="(?!data:|#)', page), "the page needs another file"
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
