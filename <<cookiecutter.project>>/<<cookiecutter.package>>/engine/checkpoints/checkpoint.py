"""Checkpoints: the pipeline from sample to prediction as plain data, next to Lightning's state."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from ..core.errors import InputError, first_line, shortened
from ..core.plain import PlainData
from ..definitions.definition import Definition
from ..models.describe import PACKAGE, describe
from ..models.pipeline import PARTS, Pipeline
from . import assets, safetensors_file
from .checksums import check

KEY = "pipeline"  # key of the plain data in the file, and prefix of the names of the pipeline's tensors
ASSETS = "assets"  # key of the bytes of its assets, see assets.py
CUSTOM = "custom_model"  # key of the class, in the file of a model that has no pipeline
FORMAT = 1
ROOMS = ("definitions", "transformers", "models")  # packages whose classes a checkpoint may name
OTHERS = ("torch.nn.modules.linear.Identity",)  # classes of other packages that it may name
AVERAGED = "current_model_state"  # key of the trained weights, where `state_dict` has their moving average
Weights = Literal["ema", "raw"]


def pack(pipeline: Pipeline) -> PlainData:
    """Describe a pipeline without its weights as plain data, for `unpack`.

    Raises:
        InputError: a part is of a class that no checkpoint may name.
    """
    parts = {"definition": describe_definition(pipeline.definition)}
    parts |= {name: describe(part) for name, part in pipeline.parts.items()}
    cached = {name: describe(part) for name, part in pipeline.cached_parts.items()}
    for part in [*parts.values(), *cached.values()]:
        _check_target(part["target"])
    modes = {name: list(modes) for name, modes in pipeline.modes.items()}
    return {"format": FORMAT, **parts, "cached": cached, "modes": modes}


def pack_assets(pipeline: Pipeline) -> dict[str, Tensor]:
    """Bytes of the files that the definition of a pipeline holds, for `unpack`."""
    return assets.tensors_of(_arguments(pipeline.definition))


def unpack(data: PlainData, tensors: Mapping[str, Tensor]) -> Pipeline:
    """Build the pipeline that `pack` described, with fresh weights and the assets among some tensors."""
    definition = definition_of(data["definition"], assets.contents_of(tensors))
    parts = {name: _make(data[name]) for name in PARTS}
    cached = {name: _make(part) for name, part in data["cached"].items()}
    return Pipeline(definition, cached=cached, modes=data["modes"], **parts)


def describe_definition(definition: Definition) -> PlainData:
    """Describe a definition object as plain data, as `describe` does for a part of the pipeline."""
    return describe(partial(type(definition), **assets.plain(_arguments(definition))))


def _arguments(definition: Definition) -> dict[str, object]:
    return {field.name: getattr(definition, field.name) for field in fields(definition)}  # type: ignore[arg-type]


def definition_of(description: PlainData, contents: Mapping[str, bytes] | None = None) -> Definition:
    """Build the definition that `describe_definition` described. `contents`: bytes of its assets by their digest."""
    arguments = assets.restored(description["arguments"], contents or {})
    definition: Definition = _make({**description, "arguments": arguments})()
    return definition


def check_same_preprocessing(pipelines: Mapping[str, Pipeline]) -> None:
    """Check that the pipelines of an ensemble differ only in their networks.

    Raises:
        InputError: two have different definitions, transformers, or arguments of these.
    """
    if len(pipelines) == 1:
        return
    descriptions = {name: {**pack(pipeline), "network": None} for name, pipeline in pipelines.items()}
    first, *others = descriptions
    for other in others:
        for part, value in descriptions[first].items():
            if descriptions[other][part] != value:
                differing = ", ".join(_differences(value, descriptions[other][part], part))
                raise InputError(f"{first} and {other} cannot be an ensemble, their {part} differs: {differing}.")


def _differences(one: object, other: object, name: str) -> list[str]:
    """`<key> <value> and <other value>` for each difference of two descriptions."""
    if isinstance(one, dict) and isinstance(other, dict):
        return [text for key in {**one, **other} for text in _differences(one.get(key), other.get(key), str(key))]
    return [] if one == other else [f"{name} {shortened(one)} and {shortened(other)}"]


def checkpoint_of(run: str | Path) -> Path:
    """Find the best checkpoint of a run folder, or else its last; the path of a file is returned unchanged.

    Raises:
        InputError: there is no checkpoint.
    """
    path = Path(run)
    candidates = [path / "checkpoints" / f"{name}.ckpt" for name in ("best", "last")] if path.is_dir() else [path]
    if not (existing := [file for file in candidates if file.is_file()]):
        raise InputError(
            f"There is no checkpoint {candidates[0]}: expected the folder of a run, like logs/<name>/<time>-<suffix>, "
            "or a file in its checkpoints/."
        )
    return existing[0]


def load(run: str | Path, device: str | torch.device = "cpu", weights: Weights = "ema") -> Pipeline:
    """Load the trained pipeline of a run folder, a checkpoint or a file of `save`, in evaluation mode.

    Needs neither a config nor Hydra. `weights`: "raw" are the trained weights of a checkpoint that also has their
    moving average.

    Raises:
        InputError: the file does not exist, is damaged, is not a checkpoint of this project, or has no pipeline or a
            newer format.
    """
    path = checkpoint_of(run)
    try:
        data, state = _read(path, device, weights)
        version = int(data["format"])
    except InputError:
        raise
    except Exception as error:  # pickle, zip and torch raise different exceptions
        raise InputError(f"{path} is not a checkpoint of this project ({first_line(error)}).") from error
    if version > FORMAT:
        raise InputError(f"{path} has format {version}, this project reads up to {FORMAT}: update the project.")
    try:
        pipeline = unpack(data, state)
        prefix = f"{KEY}."
        pipeline.load_state_dict({name[len(prefix) :]: state[name] for name in state if name.startswith(prefix)})
    except (AttributeError, ImportError, LookupError, RuntimeError, TypeError, ValueError) as error:
        cause = shortened(" ".join(f"{type(error).__name__}: {error}".split()), 300)
        raise InputError(f"{path} does not fit the code of this project ({cause}).") from error
    return pipeline.to(device).eval()


def _read(path: Path, device: str | torch.device, weights: Weights) -> tuple[PlainData, dict[str, Tensor]]:
    """Read the plain data and the tensors of a file."""
    if safetensors_file.is_one(path):
        return safetensors_file.read(path, KEY, device)
    check(path)
    checkpoint = torch.load(path, map_location=device, weights_only=True)
    if CUSTOM in checkpoint:
        raise InputError(
            f"{path} is of the model {checkpoint[CUSTOM]}, which has training steps of its own and no pipeline: it "
            "cannot be evaluated, exported or used for predictions; load its networks with torch.load."
        )
    state = checkpoint.get(AVERAGED, checkpoint["state_dict"]) if weights == "raw" else checkpoint["state_dict"]
    return checkpoint[KEY], {**state, **checkpoint.get(ASSETS, {})}


def has_average(path: Path) -> bool:
    """Whether a checkpoint has both the trained weights and their moving average."""
    if safetensors_file.is_one(path):
        return False
    return AVERAGED in torch.load(path, map_location="meta", weights_only=True)


def save(pipeline: Pipeline, path: Path) -> None:
    """Write a pipeline as safetensors, for `load`.

    Raises:
        InputError: a part of it is not plain data.
    """
    state = {f"{KEY}.{name}": tensor for name, tensor in pipeline.state_dict().items()}
    safetensors_file.write(path, KEY, pack(pipeline), {**state, **pack_assets(pipeline)})


def _make(description: PlainData) -> Callable[..., Any]:
    target, arguments = description["target"], description["arguments"]
    _check_target(target)
    module, _, name = target.rpartition(".")
    module = f"{PACKAGE}{module}" if module.startswith(".") else module
    factory: Callable[..., Any] = getattr(import_module(module), name)
    if target not in OTHERS and getattr(factory, "__module__", None) != module:
        raise InputError(f"The checkpoint names {target}, which {module} only imports.")
    if not isinstance(factory, type):
        raise InputError(f"The checkpoint names {target}, which is no class: expected one of {', '.join(ROOMS)}.")
    return partial(factory, **arguments)


def _check_target(target: str) -> None:
    if target not in OTHERS and not target.startswith(tuple(f".{room}." for room in ROOMS)):
        raise InputError(
            f"A checkpoint would name {target}, which it must not: put a class into {', '.join(ROOMS)} that makes it, "
            f"or add it to OTHERS in {PACKAGE}/engine/checkpoints/checkpoint.py."
        )
