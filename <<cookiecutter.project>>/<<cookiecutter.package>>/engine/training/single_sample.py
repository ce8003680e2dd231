"""Check that a network can train on batches of one sample."""

import copy

import torch

from ..core.errors import InputError
from ..definitions.example import example
from ..models.pipeline import Pipeline

MESSAGE = "Expected more than 1 value per channel"  # of torch's batch normalisation


def check_single_sample(pipeline: Pipeline) -> None:
    """Run a copy of the network on a batch of one sample, in training mode.

    Raises:
        InputError: a batch normalisation has one value for each channel, whose variance is not defined.
    """
    try:
        with torch.random.fork_rng(devices=[]), torch.no_grad():  # the training must not depend on this check
            copy.deepcopy(pipeline).train()(example(pipeline.definition, 1).input)
    except ValueError as error:
        if MESSAGE in str(error):
            name = type(pipeline.network).__name__
            raise InputError(
                f"batch_size = 1: the batch normalisation of {name} has one value for each channel, expected several: "
                "use a batch_size of 2 or more, or a network without it."
            ) from error
        raise
