"""Any number of files, answered in their order while they are read."""

import csv
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from ..core.errors import InputError, first_line
from ..core.progress import progress
from ..data.collate import identity
from ..definitions.definition import Sample
from ..definitions.example import example
from .inputs import Input
from .predictor import Columns, Predictor, finite


class Chunk(NamedTuple):
    """Some inputs in their order: those that could be read as one input tuple, and what is wrong with the others."""

    input: Any
    wrong: dict[int, str]


class Files(TorchDataset[Chunk]):
    """Chunks of files, read and prepared; this runs in the workers."""

    def __init__(self, predictor: Predictor, chunks: Sequence[Sequence[Input]]) -> None:
        self.predictor, self.chunks = predictor, chunks

    def __len__(self) -> int:
        return len(self.chunks)

    def __getitem__(self, index: int) -> Chunk:
        samples: dict[int, Sample] = {}
        wrong: dict[int, str] = {}
        for place, file in enumerate(self.chunks[index]):
            try:
                samples[place] = self.predictor.prepare(file.path)
            except Exception as error:  # a file can hold anything, and Pillow knows many ways to fail
                wrong[place] = _said(error, file)
        try:
            return Chunk(self._together(samples), wrong)
        except InputError:  # one that breaks the definition; which, is looked for only now
            for place, sample in list(samples.items()):
                try:
                    self.predictor.stack([sample], self.chunks[index][place].path)
                except InputError as error:
                    wrong[place] = str(error)
                    del samples[place]
            return Chunk(self._together(samples), wrong)

    def _together(self, samples: Mapping[int, Sample]) -> Any:
        return self.predictor.stack(list(samples.values()), "the files") if samples else None


def _said(error: Exception, file: Input) -> str:
    return str(error) if isinstance(error, InputError) else f"{file.path} was not answered ({first_line(error)})."


def tables(
    predictor: Predictor, files: Sequence[Input], top: int, batch_size: int, num_workers: int
) -> Iterator[Columns]:
    """Some rows at a time, one for each file in order, as lists by column: `file`, `error` (None where there is none),
    and what was answered (None where there is an error).
    """
    chunks = [files[start : start + batch_size] for start in range(0, len(files), batch_size)]
    pinned = predictor.device.type == "cuda"
    loader = DataLoader(
        Files(predictor, chunks), batch_size=None, collate_fn=identity, num_workers=num_workers, pin_memory=pinned
    )
    names = list(predictor.columns(predictor.predict(example(predictor.definition, 1).input), top))
    with progress("predicting", "files", total=len(files)) as bar:
        for chunk, found in zip(chunks, loader, strict=True):
            said: Columns = {name: [] for name in names}
            endless: dict[int, str] = {}
            if found.input is not None:
                prediction = predictor.predict(found.input)
                said = predictor.columns(prediction, top)
                good = [place for place in range(len(chunk)) if place not in found.wrong]
                for place, fine in zip(good, finite(prediction), strict=True):
                    if not fine:
                        endless[place] = f"The answer to {chunk[place].path} is not finite."
            for column in said.values() if found.wrong else ():
                for place in sorted(found.wrong):
                    column.insert(place, None)
            for column in said.values():
                for place in endless:
                    column[place] = None
            errors = [(found.wrong | endless).get(place) for place in range(len(chunk))]
            yield {"file": [file.name for file in chunk], "error": errors, **said}
            bar.update(len(chunk))


def write(predictions: Iterator[Columns], path: Path, kind: Literal["csv", "jsonl"]) -> int:
    """Write rows as they come, first into `path`.part, which stays where the work is interrupted; returns how many have
    an error.
    """
    part, wrong = path.with_name(f"{path.name}.part"), 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with part.open("w", newline="", encoding="utf-8", errors="surrogateescape") as file:
        table = csv.writer(file)
        for number, columns in enumerate(predictions):
            rows = zip(*columns.values(), strict=True)
            if kind == "jsonl":
                file.writelines(json.dumps(dict(zip(columns, row, strict=True))) + "\n" for row in rows)
            else:
                table.writerows([columns, *rows] if number == 0 else rows)
            wrong += sum(error is not None for error in columns["error"])
    os.replace(part, path)
    return wrong
