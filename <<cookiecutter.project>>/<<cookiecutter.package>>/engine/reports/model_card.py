"""Model card of an exported file, in Markdown."""

from contextlib import suppress
from datetime import date
from inspect import getdoc, getmodule
from pathlib import Path

from ..checkpoints.checkpoint import Weights, checkpoint_of, has_average
from ..checkpoints.hub import place_of, upload
from ..checkpoints.runs import folder_of
from ..core.errors import InputError
from ..core.files import atomic_write
from ..core.plain import PlainData
from ..core.ranges import as_text
from ..definitions.check import axes, split_hint
from ..definitions.example import example
from ..definitions.markers import hints_of
from ..inference.export import TOLERANCE, Exported, export
from ..inference.export_formats import FORMATS, FormatName
from ..models.describe import PACKAGE
from .markdown import block, code, literal, table
from .run_card import run_card

LOADING = {
    "onnx": """import numpy, onnxruntime
session = onnxruntime.InferenceSession("{file}")
{predictions}, = session.run([{names}], {{{arrays}}})
""",
    "torch_export": """import torch
graph = torch.export.load("{file}").module()
prediction = graph({arguments})  # a dict of {predictions}
""",
    "safetensors": """import torch
from {package}.engine.checkpoints.checkpoint import load
pipeline = load("{file}")
prediction = pipeline.predict(pipeline.definition.Input({tensors}))  # has {predictions}
""",
}
WARNINGS = {
    "onnx": "",
    "torch_export": "Other versions of torch may be unable to read the file. Reading can run code from the file: "
    "open only files that you trust.",
    "safetensors": "",
}


def export_with_card(
    run: Path,
    format: FormatName,
    stem: Path,
    path: Path | None = None,
    samples: int = 64,
    tolerance: float = TOLERANCE,
    weights: Weights = "ema",
    to: str | None = None,
) -> tuple[Exported, Path]:
    """Export a run to `path`, by default to `stem` with the suffix of the format, and write the model card next to it.

    `to`: `hf://user/name`, a repository of the Hugging Face Hub into which both are put, too.

    Raises:
        InputError: the run cannot be exported, or the Hub does not take it; the files are kept then.
    """
    if to is not None:
        place_of(to)
        if format != "safetensors":
            raise InputError(f"to={to} takes format=safetensors, which `predict.py run={to}` reads.")
    path = path or stem.with_name(f"{stem.name}{FORMATS[format].suffix}")
    exported = export(run, format, path, samples, tolerance, weights)
    card = write_card(exported)
    if to is not None:
        upload(to, exported.path, card)
    return exported, card


def write_card(exported: Exported) -> Path:
    """Write the card of an exported file next to it, as `<file>.md`, and return its path."""
    path = exported.path.with_name(f"{exported.path.name}.md")
    with atomic_write(path) as new:
        new.write_text(_card(exported), encoding="utf-8")
    return path


def _card(exported: Exported) -> str:
    pipeline = exported.pipeline
    description = (getdoc(getmodule(type(pipeline.definition))) or "").partition("\n")[0]
    parts = {"In and out": _fields(exported), "How to load it": _loading(exported), "Limits": _limits(exported)}
    origin = f"{code(exported.path.name)} was made on {date.today()} from {code(exported.checkpoint)}"
    averaged = has_average(exported.checkpoint)
    weights = f", weights={exported.weights}" if averaged else ""
    with suppress(InputError):  # a checkpoint need not be in a run folder
        folder = folder_of(exported.run)
        tested = (exported.weights == "ema" or not averaged) and exported.checkpoint.samefile(checkpoint_of(folder))
        parts |= run_card(folder, tested)
    head = f"# {type(pipeline.network).__name__}\n\n{description}\n\n{origin}{weights}.\n"
    return "\n".join([head, *(f"## {title}\n\n{text.strip()}\n" for title, text in parts.items())])


def _fields(exported: Exported) -> str:
    definition, rows = exported.pipeline.definition, [["", "field", "dtype", "shape", "range"]]
    inputs = example(definition, 1).input
    for side, values in (("in", inputs), ("out", exported.pipeline.predict(inputs))):
        hints = hints_of(type(values))
        for field, value in values._asdict().items():
            limits = as_text(split_hint(hints[field])[1])
            shape = ", ".join(_axis(name, definition.sizes()) for name in axes(type(values), field))
            rows.append([side, f"`{field}`", str(value.dtype).removeprefix("torch."), shape, limits or "any number"])
    text = table(rows)
    if names := definition.class_names():
        lines = "\n".join(f"{label} {' '.join(name.splitlines())}" for label, name in enumerate(names))
        text += f"\n\nThe classes, by `{definition.stratify}`:\n\n{block(lines)}"
    return text


def _axis(name: str, sizes: dict[str, int]) -> str:
    return f"{name} = {sizes[name]}" if name in sizes else name


def _loading(exported: Exported) -> str:
    definition = exported.pipeline.definition
    fields: PlainData = example(definition, 1).input._asdict()
    forms = {field: (tuple(x.shape), str(x.dtype)) for field, x in fields.items()}
    predictions = definition.Prediction._fields
    code = LOADING[exported.format].format(
        file=exported.path.name,
        package=PACKAGE,
        predictions=", ".join(predictions),
        names=", ".join(f'"{name}"' for name in predictions),
        arrays=", ".join(
            f'"{field}": numpy.zeros({shape}, "{dtype.removeprefix("torch.")}")'
            for field, (shape, dtype) in forms.items()
        ),
        arguments=", ".join(f"torch.zeros({shape}, dtype={dtype})" for shape, dtype in forms.values()),
        tensors=", ".join(f"{field}=torch.zeros({shape}, dtype={dtype})" for field, (shape, dtype) in forms.items()),
    )
    return f"Zeros stand for the input; the first axis is the batch and may have any size.\n\n```python\n{code}```"


def _limits(exported: Exported) -> str:
    differences = ", ".join(f"`{field}` {value:.2g}" for field, value in exported.differences.items())
    sizes = ", ".join(map(str, exported.sizes))
    lines = [
        exported.left_out,
        f"The file predicts as the checkpoint on the CPU; on {literal(exported.samples)}, in batches of {sizes}, the "
        f"largest differences were: {differences}.",
        "It contains neither the loss nor the state of the optimizer: only the checkpoint can be trained further.",
        WARNINGS[exported.format],
    ]
    return "\n".join(f"- {line}" for line in lines if line)
