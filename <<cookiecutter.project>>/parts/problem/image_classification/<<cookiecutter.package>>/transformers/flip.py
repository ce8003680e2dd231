"""Augmentation: horizontal flip."""

from typing import Annotated

import torch
from annotated_types import Interval

from ..engine.definitions.definition import Batch


class Flip:
    """Flip each image horizontally with probability `p`."""

    def __init__(self, p: Annotated[float, Interval(ge=0, le=1)] = 0.5) -> None:
        self.p = p

    def __call__(self, batch: Batch, generator: torch.Generator) -> Batch:
        image = batch.input.image
        draws = torch.rand(len(image), generator=generator, device=image.device)
        flipped = (draws < self.p).view(-1, 1, 1, 1)
        image = torch.where(flipped, image.flip(-1), image)
        return batch._replace(input=batch.input._replace(image=image))
