"""Images on their way to the network: their size, their scale, and the pictures that show them."""

from typing import Any

import numpy as np
import pytest
import torch
from project import identity

from my_project.datasets.digits import Digits
from my_project.definitions.image_classification import ImageClassification
from my_project.engine.core.errors import InputError
from my_project.engine.data.datamodule import DataModule
from my_project.engine.definitions.classes import ClassPrediction
from my_project.engine.definitions.definition import Batch, Sample
from my_project.engine.definitions.images import ImageInput
from my_project.transformers.fit_image import FitImage
from my_project.transformers.standardize import Standardize


def test_only_training_is_augmented() -> None:
    def blacken(batch: Batch, generator: torch.Generator) -> Batch:
        return batch._replace(input=ImageInput(torch.zeros_like(batch.input.image)))

    data = DataModule(Digits(), identity, augment=blacken)
    data.setup("fit")
    assert data.preview("train").input.image.max() == 0
    assert data.preview("val").input.image.max() == 255


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 50, 20), (1, 7, 90), (3, 16, 16)])
def test_fit_image_gives_what_the_definition_says(channels: int, shape: tuple[int, ...]) -> None:
    definition = ImageClassification(("a", "b"), channels, height=16, width=24)
    image = torch.full(shape, 77, dtype=torch.uint8)
    sample = FitImage(definition)(Sample(0, 1.0, ImageInput(image), None))
    assert sample.input.image.shape == (channels, 16, 24)
    assert sample.input.image.dtype == torch.uint8
    assert (sample.input.image.float() - 77).abs().max() <= 1


@pytest.mark.parametrize(
    "raw",
    [torch.zeros(8, 8, 3), torch.zeros(8, 8, dtype=torch.uint8), torch.zeros(8, 8, 3, dtype=torch.uint8), "a.png"],
)
def test_a_raw_image_of_another_form_is_refused(raw: Any) -> None:
    definition = ImageClassification(("a", "b"), channels=3, height=8, width=8)
    with pytest.raises(InputError, match=r"get_image gives .* for sample 7, expected a torch\.uint8 tensor"):
        FitImage(definition)(Sample(7, 1.0, ImageInput(raw), None))


def test_standardize_takes_mean_and_deviation_from_the_split() -> None:
    data = DataModule(Digits(), identity)
    data.setup("fit")
    module = Standardize(data.definition, "image")
    module.fit(data.splits["train"].input)
    values = module(data.splits["train"].input).image
    assert values.mean().item() == pytest.approx(0, abs=1e-4)
    assert values.std().item() == pytest.approx(1, abs=1e-3)


def test_pictures_show_the_samples_with_their_classes() -> None:
    dataset = Digits()
    data = DataModule(dataset, identity)
    data.setup("fit")
    batch = data.preview("val")
    wrong = ClassPrediction((batch.target.label + 1) % 10, torch.zeros(24, 10))
    for prediction, titles in {None: "{0}", wrong: "predicted {1}\ntarget {0}"}.items():
        (axis,) = data.definition.presentation().draw(batch, prediction).axes
        assert len(axis.images) == len(axis.texts) == 24
        for picture, text, sample, place in zip(axis.images, axis.texts, batch.input.image, batch.id, strict=True):
            label = dataset.get_label(dataset.tokens("train")[int(place)])
            assert text.get_text() == titles.format(label, (label + 1) % 10)
            assert np.array_equal(np.asarray(picture.get_array()).squeeze(), sample[0].numpy())
