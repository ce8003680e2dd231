"""Export of a trained run to one file, kept only if its predictions equal those of the checkpoint."""

from inspect import getdoc
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from ..checkpoints.checkpoint import Weights, checkpoint_of, load
from ..checkpoints.runs import config_of
from ..core.errors import InputError, first_line
from ..core.files import atomic_write
from ..core.ranges import bound
from ..data.collate import index_batch
from ..definitions.check import axes, split_hint
from ..definitions.definition import Batch, Definition
from ..definitions.example import example
from ..definitions.markers import hints_of
from ..models.pipeline import Pipeline
from ..training.factory import data_for
from .export_formats import Fields, FormatName, format_of
from .loop import run_batches

TOLERANCE = 1e-4  # largest difference between two predicted numbers
SIZES = (1, 2, 7)  # of the compared batches, in addition to one of all samples


class Exported(NamedTuple):
    """Exported file and its source; `differences`: by prediction field, the largest between file and checkpoint."""

    path: Path
    format: FormatName
    run: Path
    checkpoint: Path
    weights: Weights
    pipeline: Pipeline
    samples: str
    sizes: list[int]
    differences: dict[str, float]

    @property
    def left_out(self) -> str:
        """One sentence about the parts that the format cannot hold."""
        if not format_of(self.format).graph:
            return "The file holds tensors and class paths: `load` needs the code of this project."
        cached = [type(self.pipeline.cached[name]) for name in self.pipeline.working("predict")]
        if not cached:
            return "The file maps a raw input to a prediction."
        names = "; ".join(f"{cls.__name__} ({_first_line(cls)})" for cls in cached)
        return f"The cached transformers of a raw input are not in the file: {names}."


def _first_line(cls: type) -> str:
    return (getdoc(cls) or "").partition("\n")[0].removesuffix(".")


def export(
    run: Path,
    format: FormatName,
    path: Path,
    samples: int = 64,
    tolerance: float = TOLERANCE,
    weights: Weights = "ema",
) -> Exported:
    """Write a run to `path`, read the file, and keep it if it predicts `samples` samples as the checkpoint does.

    Raises:
        InputError: a package is missing, the pipeline does not fit the format, or the predictions differ by more than
            `tolerance`; `path` is then unchanged.
    """
    file_format = format_of(format)
    if path.suffix != file_format.suffix:
        raise InputError(f"output = {path}: a file of format={format} ends in {file_format.suffix}.")
    pipeline = load(run, weights=weights)
    batch, description = _samples(run, pipeline, samples)
    count = min(samples, len(batch.id))
    sizes = sorted({size for size in SIZES if size < count} | {count})
    with atomic_write(path) as new:
        file_format.write(load(run, weights=weights), new)
        predict, largest = file_format.read(new), dict.fromkeys(pipeline.definition.Prediction._fields, 0.0)
        parts = [index_batch(batch, slice(0, size)).input for size in sizes]  # samples of free length: of other lengths
        predictions = run_batches(pipeline.predict, parts, torch.device("cpu"))
        for size, part, expected in zip(sizes, parts, predictions, strict=True):
            try:
                found = predict(part._asdict())
            except Exception as error:  # the graph may have kept a size of the traced batch
                said = f"The file cannot predict a batch of {size} {description} ({first_line(error)})"
                raise InputError(f"{said}: it is not kept; change the network, or use another format.") from error
            measured = differences(pipeline.definition, expected, found, tolerance)
            allowed = {name: tolerance if x.is_floating_point() else 0 for name, x in expected._asdict().items()}
            if too_large := {field: value for field, value in measured.items() if not value <= allowed[field]}:
                fields = ", ".join(f"{field} by {value:.2g}" for field, value in too_large.items())
                raise InputError(
                    f"The file does not predict as {checkpoint_of(run)}: in a batch of {size} {description} "
                    f"differ {fields}, expected at most {tolerance:g}: it is not kept; tolerance=… allows more."
                )
            largest = {field: max(value, largest[field]) for field, value in measured.items()}
    checkpoint = checkpoint_of(run)
    return Exported(path, format, run, checkpoint, weights, pipeline, f"{count} {description}", sizes, largest)


def _samples(run: Path, pipeline: Pipeline, count: int) -> tuple[Batch, str]:
    """Samples after the cached transformers, `count` or more if there are, and their description."""
    try:
        config = config_of(run)
        batch = data_for(config, pipeline).read("test")["test"]
    except (InputError, OSError) as error:
        cause = str(error).partition("\n")[0]
        return example(pipeline.definition, count), f"random samples, for the test split cannot be read ({cause})"
    return batch, "samples of the test split"


def differences(definition: Definition, expected: NamedTuple, actual: Fields, tolerance: float) -> dict[str, float]:
    """Largest absolute difference by prediction field; classes of equal probability count as equal.

    Raises:
        InputError: the fields are not those of the prediction, or one has another shape or dtype.
    """
    forms = [{name: (list(x.shape), x.dtype) for name, x in each.items()} for each in (expected._asdict(), actual)]
    if forms[0] != forms[1]:
        raise InputError(f"The file predicts {forms[1]}, expected {forms[0]}: it is not kept.")
    largest = {}
    for field, value in expected._asdict().items():
        difference = (actual[field].double() - value.double()).abs()
        if not value.is_floating_point():
            difference[_tied(definition, expected, field, actual[field], tolerance)] = 0
        largest[field] = float(difference.max())
    return largest


def _tied(definition: Definition, expected: NamedTuple, field: str, predicted: Tensor, tolerance: float) -> Tensor:
    """Mask of samples whose predicted class has the probability of the expected one, within `tolerance`.

    The probabilities are the field with the axes of the class field and the axis that bounds it (`Lt(<axis>)`).
    """
    label, prediction = getattr(expected, field), definition.Prediction
    _, limits = split_hint(hints_of(prediction)[field])
    for axis in [bound(limit) for limit in limits if isinstance(bound(limit), str)]:
        for other in prediction._fields:
            names = axes(prediction, other)
            if axis in names and [name for name in names if name != axis] == axes(prediction, field):
                dim, values = names.index(axis), getattr(expected, other)
                clamped = predicted.long().clamp(0, values.shape[dim] - 1)
                first, second = (values.gather(dim, each.long().unsqueeze(dim)) for each in (label, clamped))
                tied: Tensor = (clamped == predicted) & ((first - second).abs() <= tolerance).squeeze(dim)
                return tied
    return torch.zeros_like(label, dtype=torch.bool)
