"""Calibration of class probabilities on validation samples: a temperature, and sets that hold the class."""

import math
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from ..checkpoints.checkpoint import Weights, load
from ..checkpoints.runs import config_of
from ..core.errors import InputError
from ..core.progress import progress
from ..definitions.classes import Classes
from ..models.pipeline import Pipeline
from ..training.factory import data_for
from .loop import run_batches

FEWEST = 2000  # validation samples from which sets are made: their coverage then varies by 0.7 points
STEPS = 100


class Calibration(NamedTuple):
    """Arguments of the post-processing, and the loss (negative log-likelihood) without and with the temperature.

    `least`: None where there are too few samples for sets. `sizes`: mean size of the sets of the same samples.
    """

    samples: int
    temperature: float
    least: float | None
    losses: tuple[float, float]
    sizes: float | None


class _Scores(NamedTuple):
    logits: Tensor
    label: Tensor


def calibrate(run: Path, coverage: float, device: torch.device, weights: Weights) -> tuple[Pipeline, Calibration]:
    """Pipeline of a run whose post-processing is calibrated on the run's validation samples.

    Raises:
        InputError: the run has no classes, or its post-processing has no temperature.
    """
    pipeline = load(run, device, weights)
    if not isinstance(pipeline.definition, Classes):
        raise InputError(f"{type(pipeline.definition).__name__} has no classes, whose probabilities are calibrated.")
    data = data_for(config_of(run), pipeline)
    with pipeline.evaluating():
        batches = progress("scoring", "batches", data.in_order("val"))
        parts = list(
            run_batches(lambda batch: _Scores(pipeline(batch.input).logits, batch.target.label), batches, device)
        )
    logits, label = torch.cat([part.logits for part in parts]).double(), torch.cat([part.label for part in parts])
    temperature = fit_temperature(logits, label)
    probability = (logits / temperature).softmax(1)
    least = least_probability(probability, label, coverage) if len(label) >= FEWEST else None
    losses = float(cross_entropy(logits, label)), float(cross_entropy(logits / temperature, label))
    sizes = None if least is None else float((probability >= least).sum(1).double().mean())
    pipeline.change_postprocess({"temperature": temperature, "least": least})
    return pipeline, Calibration(len(label), temperature, least, losses, sizes)


def fit_temperature(logits: Tensor, label: Tensor) -> float:
    """Temperature of the least negative log-likelihood: Guo et al., On calibration of modern neural networks, 2017.

    Args:
        logits: (samples, classes), float64.
        label: (samples), int64.
    """
    exponent = torch.zeros((), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS([exponent], max_iter=STEPS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        value = cross_entropy(logits / exponent.exp(), label)
        value.backward()
        return value

    with torch.enable_grad():
        optimizer.step(loss)
    return math.exp(exponent.item())


def least_probability(probability: Tensor, label: Tensor, coverage: float) -> float:
    """Probability such that the classes that have at least this one hold the right class in a share `coverage` of new
    samples, on average over draws of these: Sadinle et al., Least ambiguous set-valued classifiers, 2019.

    Args:
        probability: (samples, classes), of samples that the network was not trained on.
        label: (samples), int64.
        coverage: Between 0 and 1.
    """
    own = probability.gather(1, label[:, None]).squeeze(1).sort(descending=True).values
    place = math.ceil((len(own) + 1) * coverage)
    return float(own[place - 1]) if place <= len(own) else 0.0
