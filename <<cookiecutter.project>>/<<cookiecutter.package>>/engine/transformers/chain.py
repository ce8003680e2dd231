"""Augmentation: several in order."""

from collections.abc import Callable, Sequence

import torch

from ..core.errors import InputError
from ..definitions.definition import Batch

Augment = Callable[[Batch, torch.Generator], Batch]
"""An augmentation; one with a true attribute `per_sample` runs on the CPU, in worker processes."""


def name_of(augment: Augment) -> str:
    """Name of an augmentation in messages: of its function or class."""
    return getattr(augment, "__name__", type(augment).__name__)


def apply(augment: Augment, batch: Batch, generator: torch.Generator) -> Batch:
    """Augment a batch.

    Raises:
        InputError: the augmentation does not return a batch.
    """
    augmented = augment(batch, generator)
    if not isinstance(augmented, Batch):
        raise InputError(
            f"{name_of(augment)} returns {'None' if augmented is None else type(augmented).__name__}, expected a "
            "Batch: return batch._replace(input=…)."
        )
    return augmented


class Chain:
    """Apply the augmentations `steps` in order."""

    def __init__(self, steps: Sequence[Augment]) -> None:
        self.steps = list(steps)
        self.per_sample = any(getattr(step, "per_sample", False) for step in steps)

    def __call__(self, batch: Batch, generator: torch.Generator) -> Batch:
        for step in self.steps:
            batch = apply(step, batch, generator)
        return batch
