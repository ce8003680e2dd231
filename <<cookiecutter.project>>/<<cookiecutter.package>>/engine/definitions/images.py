"""Input of definitions whose samples are images."""

from typing import Annotated, NamedTuple

from annotated_types import Interval
from jaxtyping import UInt8
from torch import Tensor

from .markers import Spatial

LAST_READ: list[tuple[int, int]] = []
"""Height and width of the upright image in the file that `read_image` has read last; empty before the first."""


class ImageInput(NamedTuple):
    """Pixels as in image files; pre-processing converts them to float32."""

    image: Annotated[UInt8[Tensor, "batch channels height width"], Interval(ge=0, le=255), Spatial("bilinear")]
