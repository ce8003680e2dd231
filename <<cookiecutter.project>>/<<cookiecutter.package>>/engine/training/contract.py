"""Do a definition, a network and a loss fit together? Asked of the definition alone, before any data are read."""

from typing import Any

import torch
from torch import Tensor

from ..core.errors import TRACEBACK, InputError, first_line
from ..definitions.check import check_fields
from ..definitions.definition import Batch
from ..definitions.example import example
from ..losses.loss import Loss, check_output
from ..models.pipeline import Pipeline

COUNT = 8  # samples of the example


def check_contract(pipeline: Pipeline, loss: Loss) -> None:
    """Send an example batch through pipeline and loss.

    Raises:
        InputError: one of them fails, gives what the definition does not promise, or lets samples mix; says which field
            of which side does not fit.
    """
    batch = example(pipeline.definition, COUNT)
    sizes = pipeline.definition.sizes() | {"batch": COUNT}
    part = network = type(pipeline.network).__name__
    try:
        with pipeline.evaluating():
            output = pipeline(batch.input)
            check_fields(pipeline.definition.Output, output, sizes, network)
            part = type(loss).__name__
            check_output(loss, loss(output, batch.target), COUNT)
            _check_samples_apart(loss, output, batch)
    except InputError:
        raise
    except AttributeError as error:
        if not hasattr(error.obj, "_fields"):
            raise _failure(part, error) from error
        kind, known = type(error.obj).__name__, ", ".join(error.obj._fields)
        raise InputError(f"{part} reads '{error.name}' of {kind}, which has only {known}.") from error
    except Exception as error:  # whatever the owner's own code raises
        raise _failure(part, error) from error


def _failure(part: str, error: Exception) -> InputError:
    return InputError(
        f"{part} fails on a first batch of {COUNT} samples ({first_line(error)}): {TRACEBACK}=1 shows where."
    )


def _at_most_one(field: Tensor) -> Tensor:
    return field / field.abs().amax().clamp(min=1) if field.is_floating_point() else field


def _check_samples_apart(loss: Loss, output: Any, batch: Batch) -> None:
    """A shape that broadcasts, [B, 1] against [B], gives a loss in which samples mix, and no error."""
    # An untrained deep network can predict 1e6, and hide what a target changes: nothing larger than 1 is shown.
    output = type(output)(*(_at_most_one(field) for field in output))
    whole = loss(output, batch.target).total
    for place in range(COUNT):
        one = [type(part)(*(field[place : place + 1] for field in part)) for part in (output, batch.target)]
        if not torch.allclose(loss(*one).total, whole[place], rtol=1e-3, atol=1e-5):
            raise InputError(
                f"{type(loss).__name__} gives a sample another loss among {COUNT} samples than alone: look for shapes "
                "that broadcast, like [B, 1] against [B]."
            )
