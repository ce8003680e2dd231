"""Any number of files, answered in their order while they are read."""

import csv
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from ..datasets.batches import as_it_is
from ..datasets.inputs import Input
from ..definitions.definition import Sample
from ..definitions.example import example
from ..errors import InputError
from ..progress import progress
from .predictor import Predictor

Row = dict[str, Any]


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
            except InputError as error:
                wrong[place] = str(error)
        try:
            return Chunk(self._together(samples), wrong)
        except InputError:  # one that breaks the definition; which, is looked for only now
            for place, sample in list(samples.items()):
                try:
                    self.predictor.stack([sample], str(self.chunks[index][place].path))
                except InputError as error:
                    wrong[place] = str(error)
                    del samples[place]
            return Chunk(self._together(samples), wrong)

    def _together(self, samples: Mapping[int, Sample]) -> Any:
        return self.predictor.stack(list(samples.values()), "the files") if samples else None


def rows(predictor: Predictor, files: Sequence[Input], top: int, batch_size: int, num_workers: int) -> Iterator[Row]:
    """A row for each file, in order: `file`, `error` (None where there is none), and what was answered."""
    chunks = [files[start : start + batch_size] for start in range(0, len(files), batch_size)]
    pinned = predictor.device.type == "cuda"
    loader = DataLoader(
        Files(predictor, chunks), batch_size=None, collate_fn=as_it_is, num_workers=num_workers, pin_memory=pinned
    )
    with progress("predicting", "files", total=len(files)) as bar:
        for chunk, found in zip(chunks, loader, strict=True):
            said = iter([] if found.input is None else predictor.in_words(predictor.answer(found.input), top))
            for place, file in enumerate(chunk):
                error = found.wrong.get(place)
                yield {"file": file.name, "error": error, **({} if error else next(said))}
            bar.update(len(chunk))


def write(predictor: Predictor, answers: Iterator[Row], path: Path, kind: Literal["csv", "jsonl"], top: int) -> int:
    """Write rows as they come, first into `path`.part, which stays where the work is interrupted; returns how many have
    an error.
    """
    sample = example(predictor.definition, 1).input
    columns = ["file", "error", *predictor.in_words(predictor.answer(sample), top)[0]]
    part, wrong = path.with_name(f"{path.name}.part"), 0
    path.parent.mkdir(parents=True, exist_ok=True)
    with part.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns)
        if kind == "csv":
            table.writeheader()
        for row in answers:
            if kind == "csv":
                table.writerow(row)
            else:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
            wrong += row["error"] is not None
    os.replace(part, path)
    return wrong
