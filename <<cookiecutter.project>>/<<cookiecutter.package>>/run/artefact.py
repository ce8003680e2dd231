"""The checkpoint as the artefact: everything from sample to answer, as plain data beside Lightning's state."""

from dataclasses import asdict
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import torch

from ..errors import InputError, first_line
from ..transformers.pipeline import Part, Pipeline

KEY = "pipeline"  # of the plain data in the checkpoint, and of the pipeline in the model's state
FORMAT = 1
PACKAGE = __name__.split(".")[0]


def pack(pipeline: Pipeline) -> dict[str, Any]:
    """Plain data from which `unpack` makes the same pipeline, weights aside."""
    definition = partial(type(pipeline.definition), **asdict(pipeline.definition))  # type: ignore[call-overload]
    return {
        "format": FORMAT,
        "definition": describe(definition),
        **{name: describe(part) for name, part in pipeline.parts.items()},
        "cached": {name: describe(part) for name, part in pipeline.cached_parts.items()},
        "modes": {name: list(modes) for name, modes in pipeline.modes.items()},
    }


def unpack(data: dict[str, Any]) -> Pipeline:
    """The pipeline that `pack` described, with fresh weights."""
    definition = _make(data["definition"])()
    parts = {name: _make(data[name]) for name in ("network", "preprocess", "postprocess")}
    cached = {name: _make(part) for name, part in data["cached"].items()}
    return Pipeline(definition, cached=cached, modes=data.get("modes"), **parts)


def load(path: str | Path, device: str = "cpu") -> Pipeline:
    """The trained pipeline of a checkpoint, in evaluation mode. Needs no config and no Hydra.

    Raises:
        InputError: there is no such file, it is no checkpoint of this project, or one of a newer format.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"There is no checkpoint {path}, expected a file like <run folder>/checkpoints/best.ckpt.")
    try:
        checkpoint = torch.load(path, map_location=device, weights_only=True)
        data, state = checkpoint[KEY], checkpoint["state_dict"]
        version = int(data["format"])
    except Exception as error:  # pickles, archives and torch each have their own ways to fail
        raise InputError(f"{path} is no checkpoint of this project ({first_line(error)}).") from error
    if version > FORMAT:
        raise InputError(f"{path} has format {version}, this project reads up to {FORMAT}: update the project.")
    pipeline = unpack(data)
    prefix = f"{KEY}."
    weights = {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
    pipeline.load_state_dict(weights)
    return pipeline.to(device).eval()


def describe(part: Part) -> dict[str, Any]:
    """Target and arguments of a part, as plain data."""
    function = part.func if isinstance(part, partial) else part
    arguments = dict(part.keywords) if isinstance(part, partial) else {}
    return {"target": f"{function.__module__}.{function.__qualname__}", "arguments": arguments}


def _make(description: dict[str, Any]) -> Part:
    module, _, name = description["target"].rpartition(".")
    if module.split(".")[0] != PACKAGE:
        raise InputError(f"The checkpoint names {description['target']}, only classes of {PACKAGE} are allowed.")
    return partial(getattr(import_module(module), name), **description["arguments"])
