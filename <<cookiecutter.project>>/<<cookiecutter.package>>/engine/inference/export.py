"""A trained run as one file that answers as its checkpoint does, or no file."""

from inspect import getdoc
from pathlib import Path
from typing import Any, NamedTuple, get_type_hints

import torch
from torch import Tensor

from ..checkpoints.checkpoint import Weights, checkpoint_of, load
from ..checkpoints.runs import config_of, runs_of
from ..core.errors import InputError
from ..core.files import atomic_write
from ..core.ranges import bound
from ..data.collate import index_batch
from ..definitions.check import axes, split_hint
from ..definitions.definition import Definition
from ..definitions.example import example
from ..definitions.fields import map_fields
from ..models.pipeline import Pipeline
from ..training.factory import data_for
from .export_formats import Fields, Kind, format_of
from .loop import run_batches

SIZES = (1, 2, 7)  # of batches that are tried beside that of all samples


class Exported(NamedTuple):
    """The file and what it was made from; `differences`: by answer field, the largest between file and checkpoint."""

    path: Path
    kind: Kind
    run: Path
    checkpoint: Path
    weights: Weights
    pipeline: Pipeline
    samples: str
    sizes: list[int]
    differences: dict[str, float]

    @property
    def left_out(self) -> str:
        """One sentence about what the format cannot hold."""
        if not format_of(self.kind).graph:
            return "The file holds tensors and the names of classes: `load` needs the code of this project."
        cached = [type(self.pipeline.cached[name]) for name in self.pipeline.working("predict")]
        if not cached:
            return "The file holds the whole way from a raw input to an answer."
        parts = "; ".join(f"{kind.__name__} ({_first_line(kind)})" for kind in cached)
        return f"Not in the file is what becomes of a raw input before it: {parts}."


def _first_line(kind: type[Any]) -> str:
    return (getdoc(kind) or "").partition("\n")[0].removesuffix(".")


def export(run: str | None, kind: Kind, path: Path, samples: int, tolerance: float, weights: Weights) -> Exported:
    """Write a run to `path`, read it again, and keep it where it answers to `samples` samples as the checkpoint does.

    Raises:
        InputError: there is not one run, a package is missing, the pipeline does not fit the format, or the answers
            differ by more than `tolerance`; `path` is then as it was before.
    """
    form = format_of(kind)
    if path.suffix != form.suffix:
        raise InputError(f"output = {path}: a file of format={kind} ends in {form.suffix}.")
    runs = list(runs_of(run).values())
    if len(runs) > 1:
        raise InputError(f"run={run} are {len(runs)} runs, expected one.")
    pipeline = load(runs[0], weights=weights)
    given, named = _samples(runs[0], pipeline, samples)
    count = len(given[0])
    sizes = sorted({size for size in SIZES if size < count} | {count})
    with atomic_write(path) as new:
        form.write(load(runs[0], weights=weights), new)
        answering, largest = form.read(new), dict.fromkeys(pipeline.definition.Prediction._fields, 0.0)
        parts = [map_fields(lambda field, size=size: field[:size], given) for size in sizes]
        predictions = run_batches(pipeline.predict, parts, torch.device("cpu"))
        for size, part, expected in zip(sizes, parts, predictions, strict=True):
            found = differences(pipeline.definition, expected, answering(part._asdict()), tolerance)
            allowed = {name: tolerance if x.is_floating_point() else 0 for name, x in expected._asdict().items()}
            if wrong := {field: value for field, value in found.items() if not value <= allowed[field]}:
                told = ", ".join(f"{field} by {value:.2g}" for field, value in wrong.items())
                raise InputError(
                    f"The {kind} file does not answer as {checkpoint_of(runs[0])}, in a batch of {size} {named} "
                    f"differ {told}, expected at most {tolerance:g}: it is not kept; tolerance=… allows more."
                )
            largest = {field: max(value, largest[field]) for field, value in found.items()}
    checkpoint = checkpoint_of(runs[0])
    return Exported(path, kind, runs[0], checkpoint, weights, pipeline, f"{count} {named}", sizes, largest)


def _samples(run: Path, pipeline: Pipeline, count: int) -> tuple[Any, str]:
    """Inputs as the cached transformers leave them, and what they are."""
    try:
        config = config_of(run)
        data = data_for(config, pipeline)
        batch = index_batch(data.read("test")["test"], slice(0, count))
    except (InputError, OSError) as error:
        why = str(error).partition("\n")[0]
        return example(pipeline.definition, count).input, f"random samples, for the test split cannot be read ({why})"
    return batch.input, "samples of the test split"


def differences(definition: Definition, expected: Any, found: Fields, tolerance: float) -> dict[str, float]:
    """By field of the answer, the largest difference of two values, 0 where classes differ that were as likely.

    Raises:
        InputError: the fields are not those of the answer, or one has another shape or dtype.
    """
    forms = [{name: (list(x.shape), x.dtype) for name, x in each.items()} for each in (expected._asdict(), found)]
    if forms[0] != forms[1]:
        raise InputError(f"The file gives {forms[1]}, expected {forms[0]}: it is not kept.")
    largest = {}
    for field, right in expected._asdict().items():
        apart = (found[field].double() - right.double()).abs()
        if not right.is_floating_point():
            apart[_tied(definition, expected, field, found[field], tolerance)] = 0
        largest[field] = float(apart.max())
    return largest


def _tied(definition: Definition, expected: Any, field: str, said: Tensor, tolerance: float) -> Tensor:
    """Where a class was answered that is as likely as the expected one. The likelihoods are the field that has the axis
    by which the class counts (`Lt(<axis>)`), beside those of the class.
    """
    right, kind = getattr(expected, field), definition.Prediction
    _, found = split_hint(get_type_hints(kind, include_extras=True)[field])
    for axis in [bound(limit) for limit in found if isinstance(bound(limit), str)]:
        for other in kind._fields:
            names = axes(kind, other)
            if axis in names and [name for name in names if name != axis] == axes(kind, field):
                place, values = names.index(axis), getattr(expected, other)
                known = said.long().clamp(0, values.shape[place] - 1)
                first, second = (values.gather(place, each.long().unsqueeze(place)) for each in (right, known))
                tied: Tensor = (known == said) & ((first - second).abs() <= tolerance).squeeze(place)
                return tied
    return torch.zeros_like(right, dtype=torch.bool)
