"""Learning-rate range test: a short training whose rate grows with each step (Smith, Cyclical learning rates for
training neural networks, 2017).
"""

import math
from collections.abc import Iterator
from copy import deepcopy
from typing import NamedTuple

import torch
from torch import Tensor

from ..core.errors import InputError
from ..core.progress import progress
from ..data.augmentation import seed_step
from ..data.datamodule import DataModule
from ..data.device import to_device
from ..definitions.definition import Batch
from .supervised import Supervised

LOW, HIGH = 1e-6, 10.0  # first and last rate
SMOOTHING = 0.95  # share of the losses before, of a running mean without its bias at the start
DIVERGED = 4.0  # times the smallest smoothed loss at which the test ends


class RateRange(NamedTuple):
    """Rates of the steps, their smoothed losses, and a rate to train with."""

    rates: list[float]
    losses: list[float]
    suggestion: float


def range_test(model: Supervised, data: DataModule, steps: int, device: torch.device | str = "cpu") -> RateRange:
    """Train a copy of `model`, whose data are set up, with a rate that grows from 1e-6 to 10.

    The suggestion is a third of the rate of the smallest smoothed loss: on the digits and MNIST it lies within a factor
    of three of the best of a grid, where a tenth, as fastai has it, is too low.

    Raises:
        InputError: the loss never fell.
    """
    trained = deepcopy(model).to(device).train()
    optimizer = trained.optimization.optimizer_of(trained, trained.pipeline.network)
    shares = [group["lr"] / max(each["lr"] for each in optimizer.param_groups) for group in optimizer.param_groups]
    rates, losses, mean = list[float](), list[float](), 0.0
    for step, batch in zip(progress("range test", "steps", range(steps)), _batches(data, device), strict=False):
        rate = LOW * (HIGH / LOW) ** (step / max(steps - 1, 1))
        for group, share in zip(optimizer.param_groups, shares, strict=True):
            group["lr"] = rate * share
        loss = _loss(trained, batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        mean = SMOOTHING * mean + (1 - SMOOTHING) * float(loss.detach())
        smoothed = mean / (1 - SMOOTHING ** (step + 1))
        if not math.isfinite(smoothed) or (losses and smoothed > DIVERGED * max(min(losses), 1e-9)):
            break
        rates.append(rate)
        losses.append(smoothed)
    best = min(range(len(losses)), key=losses.__getitem__, default=0)
    if not losses or losses[best] > 0.99 * losses[0]:
        raise InputError(
            f"The loss did not fall in {len(losses)} steps with rates up to {rates[-1] if rates else LOW:.2g}: look at "
            "data and loss, or give more steps=…."
        )
    return RateRange(rates, losses, rates[best] / 3)


def _batches(data: DataModule, device: torch.device | str) -> Iterator[Batch]:
    loader, epoch = data.train_dataloader(), 0
    while True:
        loader.sampler.set_epoch(epoch)
        for batch in loader:
            moved = to_device(batch, torch.device(device))
            seed_step(moved)
            yield moved if data.augmentation.per_sample is not None else data.augmentation(moved)
        epoch += 1


def _loss(model: Supervised, batch: Batch) -> Tensor:
    losses = model.losses_of(batch)[0].total
    return (losses * batch.weight).sum() / batch.weight.sum().clamp(min=torch.finfo(torch.float32).tiny)
