"""The kinds of file that hold a trained pipeline: how each is written, and how it answers when it is read again."""

import logging
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram

from ..checkpoints.checkpoint import load, save
from ..core.errors import InputError, first_line
from ..definitions.check import axes
from ..definitions.definition import Definition
from ..definitions.example import example
from ..models.pipeline import Pipeline

Kind = Literal["onnx", "torch_export", "safetensors"]
Fields = Mapping[str, Tensor]
TRACED = 5  # samples in the batch with which a graph is traced; it holds for any number


class Format(NamedTuple):
    """`read` gives what answers to input fields with answer fields. `graph`: it holds operations, and needs no code of
    this project.
    """

    suffix: str
    write: Callable[[Pipeline, Path], None]
    read: Callable[[Path], Callable[[Fields], Fields]]
    graph: bool = True
    packages: tuple[str, ...] = ()


class Graph(nn.Module):
    """Pre-processing, network and post-processing: from input fields in their order to answer fields by name. (Where
    several fields share the batch, torch 2.15 makes a graph that fails of one that takes them by name.)
    """

    def __init__(self, pipeline: Pipeline) -> None:
        super().__init__()
        self.pipeline = pipeline

    def forward(self, *fields: Tensor) -> dict[str, Tensor]:
        prediction = self.pipeline.postprocess(self.pipeline(self.pipeline.definition.Input(*fields)))
        return dict(prediction._asdict())


def free_axes(definition: Definition) -> dict[str, dict[int, str]]:
    """Place and name of the axes of each input field that may have any size: the batch, and what is given no size."""
    kind, fixed = definition.Input, definition.sizes()
    named = {field: dict(enumerate(axes(kind, field))) for field in kind._fields}
    return {
        field: {place: name for place, name in names.items() if name.isidentifier() and name not in fixed}
        for field, names in named.items()
    }


def trace(pipeline: Pipeline) -> ExportedProgram:
    """The graph of a pipeline.

    Raises:
        InputError: torch cannot make one.
    """
    free = free_axes(pipeline.definition)
    dims = {name: Dim(name) for names in free.values() for name in names.values()}
    shapes = tuple({place: dims[name] for place, name in names.items()} for names in free.values())
    graph = Graph(pipeline).requires_grad_(False).eval()
    try:
        return torch.export.export(graph, tuple(example(pipeline.definition, TRACED).input), dynamic_shapes=(shapes,))
    except Exception as error:  # as many kinds as there are ways to write a network
        raise InputError(
            f"{type(pipeline.network).__name__} cannot become a graph for any batch size ({first_line(error)}): change "
            "it, or take format=safetensors."
        ) from error


def _write_onnx(pipeline: Pipeline, path: Path) -> None:
    definition = pipeline.definition
    graph = trace(pipeline)
    for name in ("onnx_ir", "onnxscript"):
        logging.getLogger(name).setLevel(logging.WARNING)  # else they tell of every step they take
    try:
        torch.onnx.export(
            graph,
            f=path,
            input_names=definition.Input._fields,
            output_names=definition.Prediction._fields,
            dynamic_shapes=(tuple(free_axes(definition).values()),),
            external_data=False,
            verbose=False,
        )
    except Exception as error:
        name = type(pipeline.network).__name__
        raise InputError(f"{name} cannot become ONNX ({first_line(error)}): take format=torch_export.") from error


def _read_onnx(path: Path) -> Callable[[Fields], Fields]:
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]

    def prediction(fields: Fields) -> Fields:
        values = session.run(names, {name: value.numpy() for name, value in fields.items()})
        return {name: torch.from_numpy(value) for name, value in zip(names, values, strict=True)}

    return prediction


def _write_torch_export(pipeline: Pipeline, path: Path) -> None:
    with path.open("wb") as file:
        torch.export.save(trace(pipeline), file)


def _read_torch_export(path: Path) -> Callable[[Fields], Fields]:
    with path.open("rb") as file:
        graph = torch.export.load(file).module()
    return lambda fields: dict(graph(*fields.values()))


def _read_safetensors(path: Path) -> Callable[[Fields], Fields]:
    pipeline = load(path)
    kind: Any = pipeline.definition.Input
    return lambda fields: dict(pipeline.predict(kind(**fields))._asdict())


ONNX = ("onnx", "onnxscript", "onnxruntime")
FORMATS: dict[Kind, Format] = {
    "onnx": Format(".onnx", _write_onnx, _read_onnx, packages=ONNX),
    "torch_export": Format(".pt2", _write_torch_export, _read_torch_export),
    "safetensors": Format(".safetensors", save, _read_safetensors, graph=False),
}


def format_of(kind: Kind) -> Format:
    """What is known of a format.

    Raises:
        InputError: it needs a package that is not there.
    """
    for package in FORMATS[kind].packages:
        if find_spec(package) is None:
            raise InputError(f"format={kind} needs the package {package}: uv sync --group export.")
    return FORMATS[kind]
