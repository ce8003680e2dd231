"""Input of definitions whose samples are images."""

from typing import Annotated, NamedTuple

from annotated_types import Interval
from jaxtyping import UInt8
from torch import Tensor

from .markers import Spatial


class ImageInput(NamedTuple):
    """Pixels as in image files; pre-processing converts them to float32."""

    image: Annotated[UInt8[Tensor, "batch channels height width"], Interval(ge=0, le=255), Spatial("bilinear")]
