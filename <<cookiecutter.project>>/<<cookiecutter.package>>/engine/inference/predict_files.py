"""Predictions for any number of files in order, while the next are read."""

import csv
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from ..core.errors import InputError, first_line
from ..core.progress import progress
from ..data.collate import identity
from ..definitions.definition import Sample
from ..definitions.example import example
from .inputs import Input, unit
from .output_files import OUTPUT, OutputFiles
from .predictor import Columns, Predictor, Value, finite


class Chunk(NamedTuple):
    """Readable inputs of a chunk as one input tuple, and the errors of the others by index."""

    input: "NamedTuple | None"  # NamedTuple is a function at runtime
    errors: dict[int, str]


class Answers(NamedTuple):
    """Predictions for the readable inputs of a chunk as one tuple, and the errors of the others by index."""

    prediction: "NamedTuple | None"
    errors: dict[int, str]


class Files(TorchDataset[Chunk]):
    """Chunks of files, read and prepared in the workers."""

    def __init__(self, predictor: Predictor, chunks: Sequence[Sequence[Input]]) -> None:
        self.predictor, self.chunks = predictor, chunks

    def __len__(self) -> int:
        return len(self.chunks)

    def __getitem__(self, index: int) -> Chunk:
        samples: dict[int, Sample] = {}
        errors: dict[int, str] = {}
        files = self.chunks[index]
        for row, file in enumerate(files):
            try:
                samples[row] = self.predictor.prepare(file.record)
            except Exception as error:  # a file can hold anything, and Pillow raises many exceptions
                errors[row] = _message(error, file)
        try:
            return Chunk(self._stack(samples), errors)
        except InputError:  # one sample does not fit the definition: find it
            for row, sample in list(samples.items()):
                try:
                    self.predictor.stack([sample], files[row].source)
                except InputError as error:
                    errors[row] = str(error)
                    del samples[row]
            return Chunk(self._stack(samples), errors)

    def _stack(self, samples: Mapping[int, Sample]) -> "NamedTuple | None":
        return self.predictor.stack(list(samples.values()), "the files") if samples else None


def _message(error: Exception, file: Input) -> str:
    if isinstance(error, InputError):
        return str(error)
    return f"There is no prediction for {file.source} ({first_line(error)})."


def tables(
    predictor: Predictor,
    files: Sequence[Input],
    top: int,
    batch_size: int,
    num_workers: int,
    folder: Path | None = None,
) -> Iterator[Columns]:
    """Yield tables of `batch_size` rows, one row for each file in order, as lists by column.

    Columns: `file`, `error` (None without an error), and those of the prediction (None with an error). Predictions that
    are files (masks) are written to `folder`; the column `output` has their names.
    """
    chunks = [files[start : start + batch_size] for start in range(0, len(files), batch_size)]
    loader = DataLoader(
        Files(predictor, chunks),
        batch_size=None,
        collate_fn=identity,
        num_workers=num_workers,
        pin_memory=predictor.device.type == "cuda",
    )
    written = None if folder is None else OutputFiles(predictor.presentation, folder)
    first = predictor.predict(example(predictor.definition, 1).input)
    names = list(predictor.columns(first, top))
    names += [OUTPUT] if written is not None and any(predictor.presentation.files(first, [None])) else []
    with progress("predicting", unit(files), total=len(files)) as bar:
        for inputs, chunk in zip(chunks, loader, strict=True):
            prediction = None if chunk.input is None else predictor.predict(chunk.input)
            yield table_of(predictor, inputs, Answers(prediction, chunk.errors), names, top, written)
            bar.update(len(inputs))


def table_of(
    predictor: Predictor,
    inputs: Sequence[Input],
    answers: Answers,
    names: list[str],
    top: int,
    written: OutputFiles | None = None,
) -> Columns:
    """Table of the answers to some inputs, as `tables` describes it, with the columns `names` of a prediction."""
    columns: Columns = {name: [] for name in names}
    prediction, errors = answers.prediction, dict(answers.errors)
    if prediction is not None:
        columns = predictor.columns(prediction, top)
        if written is not None:
            columns |= written.write(prediction, [item for row, item in enumerate(inputs) if row not in answers.errors])
        read = [row for row in range(len(inputs)) if row not in answers.errors]
        for row, is_finite in zip(read, finite(prediction), strict=True):
            if not is_finite:
                errors[row] = f"The prediction for {inputs[row].source} is not finite."
    for column in columns.values():
        for row in sorted(errors):
            if row in answers.errors:
                column.insert(row, None)
            else:
                column[row] = None
    error: list[Value] = [errors.get(row) for row in range(len(inputs))]
    return {"file": [file.name for file in inputs], "error": error, **columns}


def write(tables: Iterator[Columns], path: Path, format: Literal["csv", "jsonl"]) -> int:
    """Write tables to a file as they come, and return the number of rows with an error.

    The rows go to `path`.part first, which is kept after an interruption.

    Raises:
        InputError: every row has an error; no file is left.
    """
    part, errors = path.with_name(f"{path.name}.part"), list[Value]()
    path.parent.mkdir(parents=True, exist_ok=True)
    with part.open("w", newline="", encoding="utf-8", errors="surrogateescape") as file:
        table = csv.writer(file)
        for number, columns in enumerate(tables):
            rows = zip(*columns.values(), strict=True)
            if format == "jsonl":
                file.writelines(json.dumps(dict(zip(columns, row, strict=True))) + "\n" for row in rows)
            else:
                table.writerows([columns, *rows] if number == 0 else rows)
            errors += columns["error"]
    if errors and None not in errors:
        part.unlink()
        raise InputError(f"None of {len(errors)} inputs could be predicted; the first error: {errors[0]}")
    os.replace(part, path)
    return len(errors) - errors.count(None)
