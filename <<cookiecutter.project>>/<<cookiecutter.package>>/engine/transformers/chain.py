"""Augmentation: several in order."""

from collections.abc import Callable, Sequence

import torch

from ..definitions.definition import Batch


class Chain:
    """Apply the augmentations `steps` in order."""

    def __init__(self, steps: Sequence[Callable[[Batch, torch.Generator], Batch]]) -> None:
        self.steps = list(steps)
        self.per_sample = any(getattr(step, "per_sample", False) for step in steps)

    def __call__(self, batch: Batch, generator: torch.Generator) -> Batch:
        for step in self.steps:
            batch = step(batch, generator)
        return batch
