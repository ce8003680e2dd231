"""Augmentation: any random transform of torchvision, also one that knows only one image at a time."""

from typing import Any

import torch

from ..definitions.definition import Batch


class PerSample:
    """Sends each image alone, uint8 (channels, height, width), through a `transform`, with a draw of its own.

    This runs on the CPU, in the processes that `num_workers` gives: slow beside what works on whole batches.
    torchvision draws from torch's global generator, so this is set from ours for its time, and put back.
    """

    per_sample = True

    def __init__(self, transform: Any) -> None:
        self.transform = transform

    def __call__(self, batch: Batch, generator: torch.Generator) -> Batch:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(generator.initial_seed())
            image = torch.stack([self.transform(image) for image in batch.input.image])
        return batch._replace(input=batch.input._replace(image=image))
