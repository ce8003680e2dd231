"""The checkpoint as the artefact: everything from sample to answer, as plain data beside Lightning's state."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from ..core.errors import InputError, first_line
from ..definitions.definition import Definition
from ..models.describe import PACKAGE, describe
from ..models.pipeline import PARTS, Factory, Pipeline
from . import safetensors_file

KEY = "pipeline"  # of the plain data in the file, and before the name of each tensor of the pipeline
FORMAT = 1
ROOMS = ("definitions", "transformers", "models")  # a checkpoint may name what stands here
OTHERS = ("torch.nn.modules.linear.Identity",)  # and of other packages this
Weights = Literal["ema", "raw"]


def pack(pipeline: Pipeline) -> dict[str, Any]:
    """Plain data from which `unpack` makes the same pipeline, weights aside.

    Raises:
        InputError: a part is made by what no checkpoint may name.
    """
    parts = {"definition": describe_definition(pipeline.definition)}
    parts |= {name: describe(part) for name, part in pipeline.parts.items()}
    cached = {name: describe(part) for name, part in pipeline.cached_parts.items()}
    for part in [*parts.values(), *cached.values()]:
        _check_target(part["target"])
    modes = {name: list(modes) for name, modes in pipeline.modes.items()}
    return {"format": FORMAT, **parts, "cached": cached, "modes": modes}


def unpack(data: dict[str, Any]) -> Pipeline:
    """The pipeline that `pack` described, with fresh weights."""
    definition = definition_of(data["definition"])
    parts = {name: _make(data[name]) for name in PARTS}
    cached = {name: _make(part) for name, part in data["cached"].items()}
    return Pipeline(definition, cached=cached, modes=data["modes"], **parts)


def describe_definition(definition: Definition) -> dict[str, Any]:
    """As `describe`, of a definition that is made already."""
    return describe(partial(type(definition), **asdict(definition)))  # type: ignore[call-overload]


def definition_of(description: dict[str, Any]) -> Definition:
    """The definition that `describe_definition` described."""
    made: Definition = _make(description)()
    return made


def check_same_preprocessing(pipelines: Mapping[str, Pipeline]) -> None:
    """Whether pipelines that shall answer together differ in nothing but their networks.

    Raises:
        InputError: two have another definition, other transformers, or other arguments of these.
    """
    if len(pipelines) == 1:
        return
    ways = {name: {**pack(pipeline), "network": None} for name, pipeline in pipelines.items()}
    first, *others = ways
    for other in others:
        for part, value in ways[first].items():
            if ways[other][part] != value:
                raise InputError(
                    f"{first} and {other} cannot be an ensemble, their {part} differs: {value} and {ways[other][part]}."
                )


def checkpoint_of(run: str | Path) -> Path:
    """The best checkpoint of a run folder, or its last; a file is taken as it is.

    Raises:
        InputError: there is none.
    """
    path = Path(run)
    found = [path / "checkpoints" / f"{name}.ckpt" for name in ("best", "last")] if path.is_dir() else [path]
    if not (there := [file for file in found if file.is_file()]):
        raise InputError(
            f"There is no checkpoint {found[0]}: expected the folder of a run, like logs/<name>/<time>-<suffix>, or "
            "a file in its checkpoints/."
        )
    return there[0]


def load(run: str | Path, device: str | torch.device = "cpu", weights: Weights = "ema") -> Pipeline:
    """The trained pipeline of a run folder, a checkpoint or what `save` wrote, in evaluation mode. Needs no config and
    no Hydra.

    `weights`: "raw" are those that were trained where the checkpoint has their running mean too.

    Raises:
        InputError: there is no such file, it is no checkpoint of this project, or one of a newer format.
    """
    path = checkpoint_of(run)
    try:
        data, state = _read(path, device, weights)
        version = int(data["format"])
    except Exception as error:  # pickles, archives and torch each have their own ways to fail
        raise InputError(f"{path} is no checkpoint of this project ({first_line(error)}).") from error
    if version > FORMAT:
        raise InputError(f"{path} has format {version}, this project reads up to {FORMAT}: update the project.")
    try:
        pipeline = unpack(data)
        prefix = f"{KEY}."
        pipeline.load_state_dict({name[len(prefix) :]: state[name] for name in state if name.startswith(prefix)})
    except (AttributeError, ImportError, LookupError, RuntimeError, TypeError, ValueError) as error:
        raise InputError(f"{path} does not fit the code of this project ({first_line(error)}).") from error
    return pipeline.to(device).eval()


def _read(path: Path, device: str | torch.device, weights: Weights) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The plain data in a file, and its tensors."""
    if safetensors_file.is_one(path):
        return safetensors_file.read(path, KEY, device)
    checkpoint = torch.load(path, map_location=device, weights_only=True)
    state = checkpoint["state_dict"]
    return checkpoint[KEY], checkpoint.get("current_model_state", state) if weights == "raw" else state


def save(pipeline: Pipeline, path: Path) -> None:
    """Write a pipeline as safetensors, for `load`.

    Raises:
        InputError: a part of it is not plain data.
    """
    state = {f"{KEY}.{name}": tensor for name, tensor in pipeline.state_dict().items()}
    safetensors_file.write(path, KEY, pack(pipeline), state)


def _make(description: dict[str, Any]) -> Factory:
    target, arguments = description["target"], description["arguments"]
    _check_target(target)
    place, _, name = target.rpartition(".")
    place = f"{PACKAGE}{place}" if place.startswith(".") else place
    made: Callable[..., Any] = getattr(import_module(place), name)
    if target not in OTHERS and getattr(made, "__module__", None) != place:
        raise InputError(f"The checkpoint names {target}, which {place} only imports.")
    return partial(made, **arguments)


def _check_target(target: str) -> None:
    if target not in OTHERS and not target.startswith(tuple(f".{room}." for room in ROOMS)):
        raise InputError(
            f"A checkpoint would name {target}, which it must not: put a class into {', '.join(ROOMS)} that makes it, "
            f"or add it to OTHERS in {PACKAGE}/engine/checkpoints/checkpoint.py."
        )
