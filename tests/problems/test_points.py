"""Points of a target move with the image."""

from dataclasses import dataclass
from typing import Annotated, NamedTuple

import pytest
import torch
from jaxtyping import Float, Float32
from project import config_of
from torch import Tensor

from my_project.engine.core.errors import InputError
from my_project.engine.data.augmentation import Augmentation
from my_project.engine.definitions.definition import Batch, Definition, Metrics
from my_project.engine.definitions.images import ImageInput
from my_project.engine.definitions.markers import Points
from my_project.engine.testing import check_augmentation, data_and_pipeline
from my_project.engine.transformers.geometric_augmentation import GeometricAugmentation, Plane, Size

HEIGHT, WIDTH = 40, 56


class PointTarget(NamedTuple):
    point: Annotated[Float32[Tensor, "batch 2"], Points()]


class PointOutput(NamedTuple):
    point: Float[Tensor, "batch 2"]


@dataclass(frozen=True)
class OnePoint(Definition[ImageInput, PointTarget, PointOutput, PointOutput]):
    """An image with one bright pixel, and its place."""

    def sizes(self) -> dict[str, int]:
        return {"channels": 1, "height": HEIGHT, "width": WIDTH}

    def metrics(self) -> Metrics:
        raise NotImplementedError

    def metric_inputs(self, output: PointOutput, target: PointTarget) -> tuple[Tensor, Tensor]:
        return output.point, target.point


@pytest.mark.parametrize("name", ["flip", "shift", "shift_flip", "crop", "affine"])
def test_a_point_moves_with_its_image(name: str) -> None:
    data, _ = data_and_pipeline(config_of("problem=segmentation", f"transformer/augment={name}"))
    draws = torch.Generator().manual_seed(0)
    x, y = torch.randint(20, 36, (64,), generator=draws), torch.randint(14, 26, (64,), generator=draws)
    image = torch.zeros(64, 1, HEIGHT, WIDTH)
    for right in (-1, 0, 1):
        for down in (-1, 0, 1):
            image[torch.arange(64), 0, y + down, x + right] = 200.0
    target = PointTarget(torch.stack([x, y], 1).float())
    moved = data.augmentation(Batch(torch.arange(64), torch.ones(64), ImageInput(image.to(torch.uint8)), target))
    weight = moved.input.image[:, 0].double()
    total = weight.sum((1, 2))
    centre = torch.stack([
        (weight.sum(1) * torch.arange(WIDTH)).sum(1) / total, (weight.sum(2) * torch.arange(HEIGHT)).sum(1) / total
    ], 1)  # fmt: skip
    inside = ((moved.target.point > 3) & (moved.target.point < torch.tensor([WIDTH - 4, HEIGHT - 4]))).all(1)
    assert inside.sum() > 30
    assert (centre - moved.target.point)[inside].abs().max() < 0.6
    assert not torch.equal(moved.target.point, target.point)


class Turn(GeometricAugmentation):
    """Moves no points."""

    def draw(self, size: Size, generator: torch.Generator) -> Tensor:
        return torch.zeros(size.samples)

    def move(self, pixels: Tensor, draws: Tensor, plane: Plane) -> Tensor:
        return pixels.flip(-1, -2)


def test_an_augmentation_that_moves_no_points_is_refused_before_data_are_read() -> None:
    with pytest.raises(InputError, match="Turn moves images and masks, but no points: implement its move_points"):
        check_augmentation(Augmentation(Turn()), OnePoint())
