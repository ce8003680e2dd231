"""An augmentation is tried on an example before data are read."""

from typing import Any

import pytest
import torch
from project import config_of

from my_project.definitions.image_classification import ImageClassification
from my_project.engine.core.errors import InputError
from my_project.engine.data.augmentation import Augmentation
from my_project.engine.definitions.definition import Batch
from my_project.engine.training.contract import check_augmentation
from my_project.engine.training.factory import data_and_pipeline, model_of
from my_project.engine.training.fitting import set_up
from my_project.engine.transformers.chain import Chain
from my_project.transformers.flip import Flip
from points import TEN

GRAY = ImageClassification(TEN, 1, 8, 8)


class Wrong:
    """An augmentation that returns the batch after `change`."""

    def __init__(self, change: Any) -> None:
        self.change = change

    def __call__(self, batch: Batch, generator: torch.Generator) -> Any:
        return self.change(batch)


class NoGenerator:
    def __call__(self, batch: Batch) -> Batch:
        return batch


def image_of(change: Any) -> Wrong:
    return Wrong(lambda batch: batch._replace(input=batch.input._replace(image=change(batch.input.image))))


@pytest.mark.parametrize(
    ("augment", "sentence"),
    [
        (Wrong(lambda batch: None), r"Wrong returns None, expected a Batch: return batch\._replace"),
        (Chain([Wrong(lambda batch: None), Flip(0.5)]), "Wrong returns None, expected a Batch"),
        (Wrong(lambda batch: batch.input), "Wrong returns ImageInput, expected a Batch"),
        (image_of(lambda image: None), "Wrong: field 'image' of ImageInput is NoneType, expected UInt8"),
        (image_of(lambda image: image[..., 1:]), r"Wrong: field 'image' of ImageInput is \[8, 1, 8, 7\] torch.uint8"),
        (image_of(lambda image: image / 255), r"Wrong: field 'image' of ImageInput is \[8, 1, 8, 8\] torch.float32"),
        (Wrong(lambda batch: batch.input.pixels), "Wrong reads 'pixels' of ImageInput, which has only image"),
        (NoGenerator(), "NoGenerator fails on a first batch .*takes 2 positional arguments but 3 were given"),
    ],
)
def test_an_augmentation_is_tried_before_data_are_read(
    augment: Any, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_of()
    data, pipeline = data_and_pipeline(config)
    monkeypatch.setattr(data, "augmentation", Augmentation(augment))
    monkeypatch.setattr(data, "setup", lambda stage: pytest.fail("the data are read"))
    with pytest.raises(InputError, match=sentence):
        set_up(model_of(config, pipeline), data)


def test_trying_an_augmentation_draws_no_random_numbers() -> None:
    before = torch.get_rng_state()
    check_augmentation(
        Augmentation(Wrong(lambda batch: batch._replace(seed=int(torch.randint(9, ()))))),
        GRAY,
    )
    assert torch.equal(torch.get_rng_state(), before)
