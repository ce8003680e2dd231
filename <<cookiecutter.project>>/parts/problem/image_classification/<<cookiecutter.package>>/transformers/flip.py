"""Augmentation: mirror left and right."""

from typing import Annotated

import torch

from ..engine.core.ranges import Range
from ..engine.definitions.definition import Batch


class Flip:
    """Each image of a batch is mirrored with `probability`, by a draw of its own."""

    def __init__(self, probability: Annotated[float, Range(0, 1)] = 0.5) -> None:
        self.probability = probability

    def __call__(self, batch: Batch, generator: torch.Generator) -> Batch:
        image = batch.input.image
        draws = torch.rand(len(image), generator=generator, device=image.device)
        mirrored = (draws < self.probability).view(-1, 1, 1, 1)
        image = torch.where(mirrored, image.flip(-1), image)
        return batch._replace(input=batch.input._replace(image=image))
