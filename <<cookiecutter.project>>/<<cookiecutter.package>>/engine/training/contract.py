"""Check on an example batch that the parts of a training fit together, before any data are read."""

import torch
from torch import Tensor

from ..core.errors import InputError, failure
from ..data.augmentation import Augmentation
from ..definitions.check import check_batch, check_fields
from ..definitions.definition import Batch, Definition, OutputT, TargetT
from ..definitions.example import example
from ..definitions.fields import map_fields
from ..definitions.presentation import Columns
from ..losses.loss import Loss, check_output
from ..models.pipeline import Pipeline
from ..transformers.chain import name_of

COUNT = 8  # samples of the example


def check_contract(pipeline: Pipeline, loss: Loss[OutputT, TargetT]) -> None:
    """Send an example batch through pipeline, loss and table.

    Raises:
        InputError: one of them fails, returns fields that the definition does not have, or mixes samples; names the
            field and the side.
    """
    batch = example(pipeline.definition, COUNT)
    sizes = pipeline.definition.sizes() | {"batch": COUNT}
    running = network = type(pipeline.network).__name__
    try:
        with pipeline.evaluating():
            output = pipeline(batch.input)
            check_fields(pipeline.definition.Output, output, sizes, network)
            running = type(loss).__name__
            check_output(loss, loss(output, batch.target), COUNT)
            _check_samples_are_independent(loss, output, batch)
            running = type(pipeline.postprocess).__name__
            prediction = pipeline.postprocess(output)
            check_fields(pipeline.definition.Prediction, prediction, sizes, running)
            presentation = pipeline.definition.presentation()
            running = f"{type(presentation).__name__}.to_columns"
            _check_columns(presentation.to_columns(prediction, batch.target), running)
        running = type(loss).__name__
        _check_gradient(loss, output, batch)
    except InputError:
        raise
    except Exception as error:  # the owner's code may raise anything
        raise _failure(running, error) from error


def _check_gradient(loss: Loss[OutputT, TargetT], output: OutputT, batch: Batch) -> None:
    leaves = map_fields(lambda field: field.clone().requires_grad_(field.is_floating_point()), output)
    with torch.enable_grad():
        total = loss(leaves, batch.target).total
    if not total.requires_grad:
        raise InputError(
            f"{type(loss).__name__} gives a total that is cut off from the output, expected one with a gradient: look "
            "for detach, item, argmax or no_grad."
        )


def _check_columns(columns: Columns, source: str) -> None:
    for name, column in columns.items():
        if column.shape != (COUNT,):
            raise InputError(
                f"{source} gives {list(column.shape)} as '{name}', expected one value for each of {COUNT} samples."
            )


def check_augmentation(augmentation: Augmentation, definition: Definition) -> None:
    """Send an example batch through the augmentation.

    Raises:
        InputError: it fails, or returns a batch that the definition does not allow.
    """
    if augmentation.augment is None:
        return
    batch, running = example(definition, COUNT), name_of(augmentation.augment)
    try:
        with torch.random.fork_rng(devices=[]):  # the training must not depend on this check
            augmented = augmentation(batch)
    except InputError:
        raise
    except Exception as error:  # the owner's code may raise anything
        raise _failure(running, error) from error
    check_batch(definition, augmented, running)


def _failure(running: str, error: Exception) -> InputError:
    if isinstance(error, AttributeError) and hasattr(error.obj, "_fields"):
        owner, fields = type(error.obj).__name__, ", ".join(error.obj._fields)
        return InputError(f"{running} reads '{error.name}' of {owner}, which has only {fields}.")
    return failure(f"{running} fails on a first batch of {COUNT} samples", error)


def _scale_below_one(field: Tensor) -> Tensor:
    return field / field.abs().amax().clamp(min=1) if field.is_floating_point() else field


def _check_samples_are_independent(loss: Loss[OutputT, TargetT], output: OutputT, batch: Batch) -> None:
    """Check for losses that mix samples: shapes that broadcast, [B, 1] with [B], raise no error."""
    # Outputs of an untrained deep network can reach 1e6, and hide the influence of the target.
    output = map_fields(_scale_below_one, output)
    losses = loss(output, batch.target).total
    for index in range(COUNT):
        one_output, one_target = (_sample(fields, index) for fields in (output, batch.target))
        if not torch.allclose(loss(one_output, one_target).total, losses[index], rtol=1e-3, atol=1e-5):
            raise InputError(
                f"{type(loss).__name__} gives a sample another loss in a batch of {COUNT} than alone: look for shapes "
                "that broadcast, like [B, 1] against [B]."
            )


def _sample(fields: OutputT, index: int) -> OutputT:
    return map_fields(lambda field: field[index : index + 1], fields)
