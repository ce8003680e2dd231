"""Check on an example batch that the parts of a training fit together, before any data are read."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from warnings import catch_warnings, simplefilter

import torch
from torch import Tensor

from ..checkpoints.checkpoint import pack, pack_assets, unpack
from ..core.errors import InputError, failure
from ..data.augmentation import Augmentation
from ..data.datamodule import DataModule
from ..datasets.meta import FIXED, columns_of
from ..definitions.check import check_batch, check_fields
from ..definitions.definition import Batch, Definition, OutputT, TargetT
from ..definitions.example import example
from ..definitions.fields import map_fields
from ..definitions.presentation import Columns
from ..losses.loss import Loss, check_output
from ..models.pipeline import Pipeline
from ..transformers.chain import name_of

COUNT = 8  # samples of the example


def check_contract(pipeline: Pipeline, loss: Loss[OutputT, TargetT]) -> list[str]:
    """Send an example batch the whole way: network, loss, post-processing, table, metrics, and once more after the
    pipeline is saved and loaded. Returns the columns of the table.

    Raises:
        InputError: a part fails, returns fields that the definition does not have, mixes samples, or is not saved;
            names the part and the field.
    """
    definition = pipeline.definition
    batch, sizes = example(definition, COUNT), definition.sizes() | {"batch": COUNT}
    network, criterion, postprocess = (type(part).__name__ for part in (pipeline.network, loss, pipeline.postprocess))
    with pipeline.evaluating():
        with _naming(network):
            output = pipeline(batch.input)
            check_fields(definition.Output, output, sizes, network)
        with _naming(criterion):
            check_output(loss, loss(output, batch.target), COUNT)
            _check_samples_are_independent(loss, output, batch)
        with _naming(postprocess):
            prediction = pipeline.postprocess(output)
            check_fields(definition.Prediction, prediction, sizes, postprocess)
        presentation = definition.presentation()
        with _naming(table := f"{type(presentation).__name__}.to_columns"):
            columns = presentation.to_columns(prediction, batch.target)
            _check_columns(columns, table)
    with _naming(f"{type(definition).__name__}.metric_inputs"):
        _check_metrics(definition, output, batch.target)
    with _naming(criterion):
        _check_gradient(loss, output, batch)
    with _naming(network):
        _check_saved(pipeline, batch, output)
    return list(columns)


def check_meta(data: DataModule, columns: Sequence[str]) -> None:
    """Check the meta columns of the first test samples; `columns` are those of the definition.

    Raises:
        InputError: other values than texts and numbers, or a column of another origin.
    """
    ids = data.splits["test"].id[:COUNT].tolist()
    columns_of(data.dataset, data.meta("test", ids), [*FIXED, *columns])


@contextmanager
def _naming(part: str) -> Iterator[None]:
    """Name the part that raises an error."""
    try:
        yield
    except InputError:
        raise
    except Exception as error:  # the owner's code may raise anything
        raise _failure(part, error) from error


def _check_metrics(definition: Definition, output: OutputT, target: TargetT) -> None:
    metrics = definition.metrics()
    with catch_warnings():
        simplefilter("ignore")  # a class without samples, say
        metrics.update(*definition.metric_inputs(output, target))
        values = metrics.compute()
    kind = type(definition).__name__
    for name, value in values.items():
        if "/" in name:
            raise InputError(f"Metric {name} of {kind} has a / in its name, which is kept for the names of splits.")
        if value.numel() != 1:
            raise InputError(f"Metric {name} of {kind} gives {list(value.shape)}, expected one number.")


def _check_saved(pipeline: Pipeline, batch: Batch, output: OutputT) -> None:
    try:
        description = pack(pipeline)
    except InputError:  # a class of a notebook, say: it trains, and a checkpoint of it is refused
        return
    name = type(pipeline.network).__name__
    with torch.random.fork_rng(devices=[]):  # the training must not depend on this check
        loaded = unpack(description, pack_assets(pipeline))
    keys = loaded.load_state_dict(pipeline.state_dict(), strict=False)
    if odd := [*keys.unexpected_keys, *keys.missing_keys]:
        raise InputError(
            f"{name} cannot be loaded from a checkpoint: {odd[0]} is made after __init__. Make all parameters and "
            "buffers in __init__."
        )
    with pipeline.evaluating():
        twice = pipeline(batch.input)
    with loaded.evaluating():
        again = loaded(batch.input)
    for field in output._fields:
        first, second, third = (getattr(fields, field) for fields in (output, twice, again))
        if torch.equal(first, second) and not torch.allclose(first, third, rtol=1e-3, atol=1e-5, equal_nan=True):
            raise InputError(
                f"{name} gives other {field} after it is saved and loaded: keep its state in parameters and buffers."
            )


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
    with _naming(running), torch.random.fork_rng(devices=[]):  # the training must not depend on this check
        augmented = augmentation(batch)
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
