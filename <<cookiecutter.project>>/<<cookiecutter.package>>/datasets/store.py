"""Prepared samples in files: each field one array that is mapped into memory, and a state for each sample."""

import json
import math
import os
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..definitions.definition import Batch, Definition
from ..errors import InputError

WRITTEN, DROPPED = 1, 2  # states of a sample; 0: not prepared yet


class Rows:
    """The rows at `places` of a tensor that is mapped from a file: read when they are indexed."""

    def __init__(self, tensor: Tensor, places: Tensor) -> None:
        self.tensor, self.places = tensor, places
        self.shape, self.dtype = torch.Size([len(places), *tensor.shape[1:]]), tensor.dtype

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, index: Tensor | slice) -> Tensor:
        return self.tensor[self.places[index]]

    def split(self, size: int) -> Iterator[Tensor]:
        """As a tensor's."""
        return (self[start : start + size] for start in range(0, len(self), size))


class Store:
    """Room for `count` samples in `folder`, to be written in any order, each once.

    A sample counts as written when its values are: what was written survives a kill, and the rest can follow.
    """

    def __init__(self, folder: Path, definition: Definition, count: int) -> None:
        self.folder, self.count = folder, count
        self.kinds = {"input": definition.Input, "target": definition.Target}
        folder.mkdir(parents=True, exist_ok=True)
        self.form_file = folder / "form.json"
        self.form: dict[str, list[Any]] = json.loads(self.form_file.read_text()) if self.form_file.exists() else {}
        self._make_room("state", 1)

    def states(self) -> Tensor:
        """The state of each sample, uint8."""
        return self._mapped("state", torch.uint8, []).clone()

    def write(self, batch: Batch) -> None:
        """Keep samples at the places that their ids name.

        Raises:
            InputError: their fields have other shapes or dtypes than those that were written before.
            OSError: the disk is full.
        """
        fields = {"weight": batch.weight} | {
            f"{part}.{name}": field for part in self.kinds for name, field in getattr(batch, part)._asdict().items()
        }
        found = {name: [str(field.dtype).removeprefix("torch."), *field.shape[1:]] for name, field in fields.items()}
        self._keep_form(found)
        for name, field in fields.items():
            rows = field.contiguous().reshape(len(field), -1).view(torch.uint8).numpy()
            self._write(name, batch.id.tolist(), rows)
        self.mark(batch.id.tolist(), WRITTEN)

    def mark(self, places: list[int], state: int) -> None:
        """Set the state of samples."""
        if places:
            self._write("state", places, torch.full([len(places), 1], state, dtype=torch.uint8).numpy())

    def _keep_form(self, found: dict[str, list[Any]]) -> None:
        if not self.form:
            for name, (dtype, *shape) in found.items():
                self._make_room(name, getattr(torch, dtype).itemsize * math.prod(shape))
            new = self.form_file.with_suffix(".new")
            new.write_text(json.dumps(found))
            os.replace(new, self.form_file)
            self.form = found
        for name, form in found.items():
            if form != self.form[name]:
                raise InputError(
                    f"Field '{name}' is {form[1:]} {form[0]} in some samples and {self.form[name][1:]} "
                    f"{self.form[name][0]} in others: a cached transformer must even them out."
                )

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.bin"

    def _make_room(self, name: str, size: int) -> None:
        """A file of zeros that takes no room on the disk until it is written."""
        if not self._file(name).exists():
            with self._file(name).open("wb") as file:
                file.truncate(size * self.count)

    def _write(self, name: str, places: list[int], rows: Any) -> None:
        # Written and not mapped: where the disk is full, a write is an error and a mapped page ends the process.
        breaks = [index for index in range(1, len(places)) if places[index] != places[index - 1] + 1]
        try:
            with self._file(name).open("r+b") as file:
                for start, end in pairwise([0, *breaks, len(places)]):
                    file.seek(places[start] * rows.shape[1])
                    file.write(rows[start:end])
        except OSError as error:
            error.filename = str(self._file(name))
            raise

    def _mapped(self, name: str, dtype: torch.dtype, shape: list[int]) -> Tensor:
        size = self.count * math.prod(shape)
        return torch.from_file(str(self._file(name)), False, size, dtype=dtype).view(self.count, *shape)

    def row_bytes(self) -> int:
        """The size of a sample."""
        return sum(getattr(torch, dtype).itemsize * math.prod(shape) for dtype, *shape in self.form.values())

    def read(self, places: Tensor, in_memory: bool) -> Batch:
        """The samples at `places`, in that order; without `in_memory` the inputs stay in their files."""
        fields = {name: self._mapped(name, getattr(torch, dtype), shape) for name, (dtype, *shape) in self.form.items()}

        def part(name: str) -> Any:
            kind, keep = self.kinds[name], in_memory or name == "target"
            mapped = [fields[f"{name}.{field}"] for field in kind._fields]
            return kind(*(field[places] if keep else Rows(field, places) for field in mapped))

        return Batch(places, fields["weight"][places], part("input"), part("target"))
