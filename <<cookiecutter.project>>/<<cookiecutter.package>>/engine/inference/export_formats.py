"""File formats of a trained pipeline: ONNX, torch.export, safetensors."""

import logging
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.export import Dim, ExportedProgram

from ..checkpoints.checkpoint import load, save
from ..core.compat import traced_loops
from ..core.errors import InputError, first_line
from ..definitions.check import axes
from ..definitions.definition import Definition
from ..definitions.example import example
from ..models.pipeline import Pipeline

log = logging.getLogger(__name__)
FormatName = Literal["onnx", "torch_export", "safetensors"]
Fields = Mapping[str, Tensor]
TRACED = 5  # samples in the batch with which a graph is traced; the graph takes any batch size


class Format(NamedTuple):
    """Writer and reader of a file format.

    `read` returns a function from input fields to prediction fields. `graph`: the file holds operations, and needs no
    code of this project.
    """

    suffix: str
    write: Callable[[Pipeline, Path], None]
    read: Callable[[Path], Callable[[Fields], Fields]]
    graph: bool = True
    packages: tuple[str, ...] = ()


class Graph(nn.Module):
    """Pre-processing, network and post-processing, from positional input fields to prediction fields by name.

    (With input fields by name that share the batch axis, the graph of torch 2.15 fails.)
    """

    def __init__(self, pipeline: Pipeline) -> None:
        super().__init__()
        self.pipeline = pipeline

    def forward(self, *fields: Tensor) -> dict[str, Tensor]:
        prediction = self.pipeline.postprocess(self.pipeline(self.pipeline.definition.Input(*fields)))
        return dict(prediction._asdict())


def free_axes(definition: Definition) -> dict[str, dict[int, str]]:
    """Index and name of the axes of each input field that may have any size: the batch, and axes without a size."""
    fields, fixed = definition.Input._fields, definition.sizes()
    names = {field: dict(enumerate(axes(definition.Input, field))) for field in fields}
    return {
        field: {axis: name for axis, name in names[field].items() if name.isidentifier() and name not in fixed}
        for field in fields
    }


def trace(pipeline: Pipeline) -> ExportedProgram:
    """Trace the graph of a pipeline, for any size of the free axes.

    Raises:
        InputError: torch cannot trace it.
    """
    free = free_axes(pipeline.definition)
    shapes = tuple(dict.fromkeys(names, Dim.DYNAMIC) for names in free.values())
    graph = Graph(pipeline).requires_grad_(False).eval()
    try:
        with traced_loops():
            fields = tuple(example(pipeline.definition, TRACED).input)
            return torch.export.export(graph, fields, dynamic_shapes=(shapes,))
    except Exception as error:  # a network can fail in any way
        raise InputError(
            f"{type(pipeline.network).__name__} cannot be traced for any batch size ({first_line(error)}): change "
            "it, or use format=onnx or format=safetensors."
        ) from error


def _write_onnx(pipeline: Pipeline, path: Path) -> None:
    definition = pipeline.definition
    graph = Graph(pipeline).requires_grad_(False).eval()
    for name in ("onnx_ir", "onnxscript"):
        logging.getLogger(name).setLevel(logging.WARNING)  # else they log every step
    try:
        torch.onnx.export(
            graph,
            tuple(example(definition, TRACED).input),
            f=path,
            input_names=definition.Input._fields,
            output_names=definition.Prediction._fields,
            dynamic_shapes=(tuple(free_axes(definition).values()),),
            external_data=False,
            verbose=False,
        )
    except Exception as error:
        cause = error.__cause__ or error
        log.error("%s", cause)
        name = type(pipeline.network).__name__
        raise InputError(
            f"{name} cannot become ONNX for any batch size ({first_line(cause)}): change it, or use "
            "format=torch_export or format=safetensors."
        ) from error


def _read_onnx(path: Path) -> Callable[[Fields], Fields]:
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]

    def predict(fields: Fields) -> Fields:
        values = session.run(names, {name: value.numpy() for name, value in fields.items()})
        return {name: torch.from_numpy(value) for name, value in zip(names, values, strict=True)}

    return predict


def _write_torch_export(pipeline: Pipeline, path: Path) -> None:
    with path.open("wb") as file:
        torch.export.save(trace(pipeline), file)


def _read_torch_export(path: Path) -> Callable[[Fields], Fields]:
    with path.open("rb") as file:
        graph = torch.export.load(file).module()
    return lambda fields: dict(graph(*fields.values()))


def _read_safetensors(path: Path) -> Callable[[Fields], Fields]:
    pipeline = load(path)
    input_type = pipeline.definition.Input
    return lambda fields: dict(pipeline.predict(input_type(**fields))._asdict())


ONNX = ("onnx", "onnxscript", "onnxruntime")
FORMATS: dict[FormatName, Format] = {
    "onnx": Format(".onnx", _write_onnx, _read_onnx, packages=ONNX),
    "torch_export": Format(".pt2", _write_torch_export, _read_torch_export),
    "safetensors": Format(".safetensors", save, _read_safetensors, graph=False),
}


def format_of(name: FormatName) -> Format:
    """Format by its name.

    Raises:
        InputError: the format needs a package that is not installed.
    """
    for package in FORMATS[name].packages:
        if find_spec(package) is None:
            raise InputError(f"format={name} needs the package {package}: uv sync --group export.")
    return FORMATS[name]
