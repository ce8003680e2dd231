"""Augmentation: random transform of torchvision, applied to each image separately."""

from collections.abc import Callable

import torch
from torch import Tensor

from .image_augmentation import ImageAugmentation


class PerSample(ImageAugmentation):
    """Apply `transform` to each image, (C, H, W) uint8, with its own draw.

    It runs on the CPU, in the `num_workers` processes, and is slower than an augmentation of whole batches. torchvision
    draws from torch's global generator: it is seeded from `generator` for the call, and restored afterwards.
    """

    per_sample = True

    def __init__(self, transform: Callable[[Tensor], Tensor]) -> None:
        self.transform = transform

    def augment(self, image: Tensor, generator: torch.Generator) -> Tensor:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(generator.initial_seed())
            return torch.stack([self.transform(sample) for sample in image])
