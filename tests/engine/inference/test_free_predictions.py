"""Predictions that differ in length are tested, drawn, explored and traced."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import polars
import pytest
import torch
from project import identity
from torch import Tensor, nn

from my_project.engine.callbacks.evaluation import Evaluation
from my_project.engine.callbacks.pictures import Pictures
from my_project.engine.core.errors import InputError
from my_project.engine.data.datamodule import DataModule
from my_project.engine.definitions.classes import Classes
from my_project.engine.definitions.example import FREE, example
from my_project.engine.inference.export_formats import trace
from my_project.engine.models.pipeline import Pipeline
from my_project.engine.reports.exploration import write_page
from my_project.engine.training import Supervised, Trainer, fit
from my_project.engine.training.contract import check_contract
from tagging import Beginnings, LikeliestTag, Tagger, Tagging, TagLoss, Words


def test_a_class_for_each_element_is_trained_and_tested(tmp_path: Path) -> None:
    data = DataModule(Words(), identity, batch_size=8)
    pipeline = Pipeline(data.definition, Tagger, None, LikeliestTag)
    model = Supervised(pipeline, TagLoss(), partial(torch.optim.SGD, lr=0.5))
    evaluation, pictures = Evaluation(str(tmp_path / "test")), Pictures(str(tmp_path / "pictures"))
    trainer = Trainer(max_epochs=2, accelerator="cpu", callbacks=[evaluation, pictures])
    fit(trainer, model, data)
    metrics = json.loads((tmp_path / "test" / "metrics.json").read_text())
    assert metrics["acc"] > 0.5
    table = polars.read_parquet(tmp_path / "test" / "predictions.parquet")
    assert table.columns == ["id", "loss", "weight"], "no column for elements whose number differs"
    assert table["loss"].mean() == pytest.approx(metrics["loss"])
    assert {path.stem for path in (tmp_path / "pictures").iterdir()} >= {
        "samples",
        "predictions_after_train",
        "predictions_after_val",
    }
    letters = torch.randint(1, 27, (3, 17))
    graph = trace(pipeline).module()
    assert torch.equal(graph(letters)["tag"], pipeline.predict(data.definition.Input(letters)).tag)


class Long(Tagging):
    def typical_sizes(self) -> dict[str, int]:
        return {"length": 40}


class Smoothed(Tagger):
    """Means over 31 letters."""

    def forward(self, letters: Tensor) -> Any:
        logits = super().forward(letters)
        return nn.functional.pad(nn.functional.avg_pool1d(logits.mT, 31, 1), (15, 15)).mT


def test_examples_have_the_typical_size_of_a_free_axis() -> None:
    assert example(Tagging(), 2).input.letters.shape == (2, FREE)
    assert example(Long(), 2).input.letters.shape == (2, 40)
    with pytest.raises(InputError, match="Smoothed fails on a first batch"):
        check_contract(Pipeline(Tagging(), Smoothed, None, LikeliestTag), TagLoss())
    check_contract(Pipeline(Long(), Smoothed, None, LikeliestTag), TagLoss())


@pytest.mark.parametrize(("dataset", "kind"), [(Words, Tagging), (Beginnings, Classes)])
def test_data_that_differ_in_length_have_a_page(dataset: type[Words], kind: type, tmp_path: Path) -> None:
    data = DataModule(dataset(), identity)
    data.setup("fit")
    assert isinstance(data.definition, kind)
    tables = write_page(data, tmp_path / "explore.html")
    assert (tmp_path / "explore.html").stat().st_size > 10_000
    assert "letters" in str(tables)
