"""Base class of augmentations that move pixels, in all spatial fields at once."""

from abc import ABC, abstractmethod
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from ..core.errors import InputError
from ..definitions.definition import Batch, InputT, TargetT
from ..definitions.fields import Fields
from ..definitions.markers import Points, Spatial, fill_of, marked


class Size(NamedTuple):
    """Number of samples, and their height and width in pixels."""

    samples: int
    height: int
    width: int


class Plane(NamedTuple):
    """How new pixels of a field are made: by interpolation or from the nearest, with `fill` outside of the old ones."""

    interpolation: str
    fill: float


class GeometricAugmentation(ABC):
    """Augmentation of all fields with the markers `Spatial` (images, masks) and `Points`, by one draw for each sample.

    A subclass implements `draw` and `move`, and `move_points` where a target has points. `field` is the input field
    that holds the images.
    """

    field: ClassVar[str] = "image"

    def __call__(self, batch: Batch[InputT, TargetT], generator: torch.Generator) -> Batch[InputT, TargetT]:
        image = getattr(batch.input, self.field)
        size = Size(len(image), *image.shape[-2:])
        draws = self.draw(size, generator)
        return batch._replace(
            input=self._moved(batch.input, draws, size), target=self._moved(batch.target, draws, size)
        )

    def _moved(self, fields: Fields, draws: Tensor, size: Size) -> Fields:
        tuple_type = type(fields)
        moved = {name: self.move_points(getattr(fields, name), draws, size) for name in marked(tuple_type, Points)}
        for name, spatial in marked(tuple_type, Spatial).items():
            pixels = getattr(fields, name)
            plane = Plane(spatial.interpolation, fill_of(tuple_type, name))
            planes = pixels if pixels.ndim == 4 else pixels.unsqueeze(1)
            moved[name] = self.move(planes, draws, plane).view(pixels.shape)
        return fields._replace(**moved)

    @abstractmethod
    def draw(self, size: Size, generator: torch.Generator) -> Tensor:
        """Draw parameters for each sample from `generator`, on its device."""

    @abstractmethod
    def move(self, pixels: Tensor, draws: Tensor, plane: Plane) -> Tensor:
        """Move pixels (B, C, H, W) by the draws; shape and dtype stay."""

    def move_points(self, points: Tensor, draws: Tensor, size: Size) -> Tensor:
        """Move points (B, …, 2), x and y in pixels, by the draws; they may leave the image.

        Raises:
            InputError: this augmentation does not move points.
        """
        raise InputError(f"{type(self).__name__} moves images and masks, but no points: implement its move_points.")


def per_sample(values: Tensor, points: Tensor) -> Tensor:
    """Values (B) in a shape that broadcasts with one coordinate of points (B, …, 2)."""
    return values.view(-1, *[1] * (points.ndim - 2))


def move_back(points: Tensor, transforms: Tensor, size: Size) -> Tensor:
    """Places (B, …, 2) to which points go when each pixel takes its value from where `transforms` (B, 2, 3) say, as in
    `affine_grid`.
    """
    scale = torch.tensor([size.width, size.height], device=points.device)
    place = (2 * points + 1) / scale - 1  # from -1 to 1
    flat = place.reshape(len(points), -1, 2) - transforms[:, None, :, 2]
    back: Tensor = torch.linalg.solve(transforms[:, :, :2], flat.mT).mT.reshape(points.shape)
    return ((back + 1) * scale - 1) / 2


def resample(pixels: Tensor, grid: Tensor, plane: Plane, padding: str = "zeros") -> Tensor:
    """Pixels (B, C, H, W) at the places of `grid` (B, H, W, 2), from -1 to 1 as in `grid_sample`.

    `padding`: "border" repeats the border outside of the old pixels; "zeros" takes the fill value of the field.
    """
    shifted = pixels.float() - plane.fill
    found = grid_sample(shifted, grid, plane.interpolation, padding, align_corners=False) + plane.fill
    return found if pixels.is_floating_point() else found.round().clamp(0, 255).to(pixels.dtype)
