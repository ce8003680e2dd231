"""Augmentation of training batches."""

import torch

from ..definitions.definition import Batch
from ..transformers.chain import Augment, apply


class Augmentation:
    """Augment batches on their device, each with a generator seeded by the batch."""

    def __init__(self, augment: Augment | None) -> None:
        self.per_sample: Augment | None = augment if getattr(augment, "per_sample", False) else None
        self.augment = augment
        self.generators: dict[torch.device, torch.Generator] = {}

    def __call__(self, batch: Batch) -> Batch:
        if self.augment is None:
            return batch
        device = batch.id.device
        generator = self.generators.setdefault(device, torch.Generator(device))
        return apply(self.augment, batch, generator.manual_seed(batch.seed))


def seed_step(batch: Batch) -> None:
    """Seed what is random in a training step (dropout) by its batch, so that a resumed run repeats it."""
    torch.default_generator.manual_seed(batch.seed)
    if batch.id.is_cuda:
        torch.cuda.manual_seed(batch.seed)
