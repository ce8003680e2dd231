"""Cached transformers run once for each sample, in their modes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from project import QUICK, Train

from image_parts import parts
from my_project.datasets import image_folder
from my_project.datasets.digits import Digits
from my_project.engine.checkpoints.checkpoint import load
from my_project.engine.core.errors import InputError
from my_project.engine.definitions.definition import Sample
from my_project.engine.definitions.image_file import read_image
from my_project.engine.inference.predictor import Predictor
from my_project.engine.models.pipeline import MODES, Pipeline
from my_project.models.mlp import MLP
from my_project.transformers.fit_image import FitImage
from my_project.transformers.flip import Flip


def test_files_are_read_and_cached_transformers_run_once_augmentation_every_epoch(
    train: Train, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = dict.fromkeys(("read", "fit", "augment"), 0)

    def counted(name: str, whole: Callable[..., Any]) -> Callable[..., Any]:
        def count(*arguments: Any) -> Any:
            calls[name] += 1
            return whole(*arguments)

        return count

    monkeypatch.setattr(image_folder, "read_image", counted("read", read_image))
    monkeypatch.setattr(FitImage, "__call__", counted("fit", FitImage.__call__))
    monkeypatch.setattr(Flip, "__call__", counted("augment", Flip.__call__))
    words = ["dataset=image_folder", f"dataset.root={photos}", "trainer.max_epochs=3", "data.batch_size=12"]
    train(*words, "transformer/augment=flip", "trainer=cpu", "callback=none")
    assert calls["read"] == calls["fit"] == 54 + 18
    assert 3 * 4 <= calls["augment"] <= 3 * 4 + 1  # four batches an epoch


def test_cached_transformers_work_in_their_modes(train: Train) -> None:
    seen: list[Sample] = []

    def counted(definition: Any) -> Callable[[Sample], Sample]:
        def count(sample: Sample) -> Sample:
            seen.append(sample)
            return sample

        return count

    definition = Digits().definition()
    pipeline = Pipeline(definition, MLP, *parts(), cached={"count": counted}, modes={"count": ["train", "predict"]})
    sample = Digits().samples(Digits().tokens("test"))[0]
    calls = []
    for mode in MODES:
        seen.clear()
        pipeline.prepare(sample, mode)
        calls.append(len(seen))
    assert calls == [1, 0, 0, 1]
    Predictor({"": pipeline})([sample.input])
    assert len(seen) == 2
    folder = train(*QUICK, "+transformer.modes.fit=[train,val,test]", "trainer.max_epochs=1")
    assert load(folder / "checkpoints/last.ckpt").modes == {"fit": ["train", "val", "test"]}
    with pytest.raises(SystemExit, match=r"transformer\.modes\.fitt: there is no such cached transformer, known: fit"):
        train(*QUICK, "+transformer.modes.fitt=[train]")
    with pytest.raises(
        SystemExit, match=r"transformer\.modes\.fit\.0 = 'trian': expected one of train, val, test, predict"
    ):
        train(*QUICK, "+transformer.modes.fit=[trian]")


def test_an_input_that_is_dropped_has_no_answer() -> None:
    pipeline = Pipeline(Digits().definition(), MLP, *parts(), cached={"none": lambda _: lambda sample: None})
    with pytest.raises(InputError, match="A cached transformer drops an input"):
        Predictor({"": pipeline})([Digits().samples(Digits().tokens("test"))[0].input])
