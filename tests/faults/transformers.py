"""Augmentations, each with one fault. Written into a baked project as <package>/transformers/fault.py."""

import torch

from ..engine.definitions.definition import Batch


def changed(batch: Batch, image: torch.Tensor) -> Batch:
    return batch._replace(input=batch.input._replace(image=image))


class OneDraw:
    """Shifts the whole batch by one draw."""

    def __call__(self, batch: Batch, generator: torch.Generator) -> Batch:
        return changed(batch, batch.input.image.roll(int(torch.randint(1, 8, (), generator=generator)), -1))


class OwnRandomness:
    """Does not draw from the generator of the batch."""

    def __call__(self, batch: Batch, generator: torch.Generator) -> Batch:
        image = batch.input.image
        return changed(batch, torch.where(torch.rand(len(image), 1, 1, 1) < 0.5, image, image.flip(-1)))


class SameEveryEpoch:
    """Draws are the same for every batch."""

    def __call__(self, batch: Batch, generator: torch.Generator) -> Batch:
        image = batch.input.image
        draws = torch.rand(1000, generator=generator.manual_seed(0))[batch.id % 1000].view(-1, 1, 1, 1)
        return changed(batch, torch.where(draws < 0.5, image, image.flip(-1)))


class GivesFloats:
    """Returns floats."""

    def __call__(self, batch: Batch, generator: torch.Generator) -> Batch:
        image = batch.input.image
        return changed(batch, image * torch.rand(len(image), 1, 1, 1, generator=generator))


class CutsTheEdge:
    """Returns smaller images."""

    def __call__(self, batch: Batch, generator: torch.Generator) -> Batch:
        image = batch.input.image
        draws = torch.rand(len(image), 1, 1, 1, generator=generator)
        return changed(batch, torch.where(draws < 0.5, image, image.flip(-1))[..., 1:])


class ReturnsNothing:
    """Has no return."""

    def __call__(self, batch: Batch, generator: torch.Generator) -> None:
        changed(batch, batch.input.image.flip(-1))
