"""Base class of augmentations that move pixels, in all spatial fields at once."""

from abc import ABC, abstractmethod
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from ..definitions.definition import Batch, InputT, TargetT
from ..definitions.fields import Fields
from ..definitions.markers import Spatial, fill_of, marked


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
    """Augmentation of all fields with the marker `Spatial`, images and masks alike, by one draw for each sample.

    A subclass implements `draw` and `move`. `field` is the input field that holds the images.
    """

    field: ClassVar[str] = "image"

    def __call__(self, batch: Batch[InputT, TargetT], generator: torch.Generator) -> Batch[InputT, TargetT]:
        image = getattr(batch.input, self.field)
        draws = self.draw(Size(len(image), *image.shape[-2:]), generator)
        return batch._replace(input=self._moved(batch.input, draws), target=self._moved(batch.target, draws))

    def _moved(self, fields: Fields, draws: Tensor) -> Fields:
        tuple_type = type(fields)
        moved = {}
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


def resample(pixels: Tensor, grid: Tensor, plane: Plane, padding: str = "zeros") -> Tensor:
    """Pixels (B, C, H, W) at the places of `grid` (B, H, W, 2), from -1 to 1 as in `grid_sample`.

    `padding`: "border" repeats the border outside of the old pixels; "zeros" takes the fill value of the field.
    """
    shifted = pixels.float() - plane.fill
    found = grid_sample(shifted, grid, plane.interpolation, padding, align_corners=False) + plane.fill
    return found if pixels.is_floating_point() else found.round().clamp(0, 255).to(pixels.dtype)
