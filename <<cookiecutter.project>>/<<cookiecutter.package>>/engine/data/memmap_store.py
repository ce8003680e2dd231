"""Prepared samples in files: each field one array that is mapped into memory, and a state for each sample."""

import json
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

import torch
from torch import Tensor

from ..core.errors import InputError
from ..definitions.definition import Batch, Definition
from ..definitions.ragged import Ragged
from .collate import index

WRITTEN, DROPPED = 1, 2  # states of a sample; 0: not prepared yet


class LazyRows:
    """The rows at `places` of a tensor that is mapped from a file: read when they are indexed."""

    def __init__(self, tensor: Tensor, places: Tensor) -> None:
        self.tensor, self.places = tensor, places
        self.shape, self.dtype = torch.Size([len(places), *tensor.shape[1:]]), tensor.dtype

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, places: Tensor | slice) -> Tensor:
        return index(self.tensor, self.places[places])

    def split(self, size: int) -> Iterator[Tensor]:
        """As a tensor's."""
        return (self[start : start + size] for start in range(0, len(self), size))


class MemmapStore:
    """Room for `count` samples in `folder`, to be written in any order, each once.

    A field of one shape has a row a sample. One that differs in length has its values in the order in which they came,
    and where those of a sample begin and how many they are. A sample counts as written when its values are: what was
    written survives a kill, and the rest can follow.
    """

    def __init__(self, folder: Path, definition: Definition, count: int) -> None:
        self.folder, self.count = folder, count
        self.kinds = {"input": definition.Input, "target": definition.Target}
        folder.mkdir(parents=True, exist_ok=True)
        self.form_file = folder / "form.json"
        # By field: dtype, "values" where they differ in length, shape of a row.
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
        self._keep_form({name: _form(field) for name, field in fields.items()})
        places = batch.id.tolist()
        for name, field in fields.items():
            if isinstance(field, Ragged):
                start = self._append(f"{name}.values", _bytes(field.values))
                self._write(name, places, _bytes(torch.stack([field.starts + start, field.lengths], 1)))
            else:
                self._write(name, places, _bytes(field))
        self.mark(places, WRITTEN)

    def mark(self, places: list[int], state: int) -> None:
        """Set the state of samples."""
        if places:
            self._write("state", places, torch.full([len(places), 1], state, dtype=torch.uint8).numpy())

    def _keep_form(self, found: dict[str, list[Any]]) -> None:
        if not self.form:
            for name, form in found.items():
                values = "values" in form
                self._make_room(name, 16 if values else _row_bytes(form))  # 16: two int64
                if values:
                    self._make_room(f"{name}.values", 0)
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

    # Written and not mapped: where the disk is full, a write is an error and a mapped page ends the process.
    def _write(self, name: str, places: list[int], rows: Any) -> None:
        breaks = [index for index in range(1, len(places)) if places[index] != places[index - 1] + 1]
        with _named(self._file(name)) as file:
            for start, end in pairwise([0, *breaks, len(places)]):
                file.seek(places[start] * rows.shape[1])
                file.write(rows[start:end])

    def _append(self, name: str, rows: Any) -> int:
        """The number of rows that were there before; a kill may have left a part of one, which is overwritten."""
        with _named(self._file(name)) as file:
            row_bytes: int = rows.shape[1]
            before = file.seek(0, os.SEEK_END) // row_bytes
            file.seek(before * row_bytes)
            file.write(rows)
        return before

    def _mapped(self, name: str, dtype: torch.dtype, shape: list[int], count: int | None = None) -> Tensor:
        count = self.count if count is None else count
        if not count:  # a file of no bytes cannot be mapped
            return torch.empty(0, *shape, dtype=dtype)
        return torch.from_file(str(self._file(name)), False, count * math.prod(shape), dtype=dtype).view(count, *shape)

    def _field(self, name: str, places: Tensor) -> LazyRows | Ragged:
        form = self.form[name]
        dtype = getattr(torch, form[0])
        if "values" not in form:
            return LazyRows(self._mapped(name, dtype, form[1:]), places)
        count = self._file(f"{name}.values").stat().st_size // _row_bytes(form)
        spans = self._mapped(name, torch.int64, [2])[places]
        return Ragged(self._mapped(f"{name}.values", dtype, form[2:], count), spans[:, 0], spans[:, 1])

    def bytes_of(self, places: Tensor) -> int:
        """How much memory the samples take."""
        fields = [self._field(name, places) for name in self.form]
        counts = [int(field.lengths.sum()) if isinstance(field, Ragged) else len(field) for field in fields]
        return sum(count * _row_bytes(form) for count, form in zip(counts, self.form.values(), strict=True))

    def read(self, places: Tensor, in_memory: bool) -> Batch:
        """The samples at `places`, in that order; without `in_memory` the inputs stay in their files."""

        def part(name: str) -> Any:
            keep = in_memory or name == "target"
            fields = (self._field(f"{name}.{field}", places) for field in self.kinds[name]._fields)
            return self.kinds[name](*(_loaded(field) if keep else field for field in fields))

        return Batch(places, _loaded(self._field("weight", places)), part("input"), part("target"))


def _form(field: Tensor | Ragged) -> list[Any]:
    rows = field.values if isinstance(field, Ragged) else field
    return [str(rows.dtype).removeprefix("torch."), *(["values"] if rows is not field else []), *rows.shape[1:]]


def _row_bytes(form: list[Any]) -> int:
    dtype, *shape = form
    sides: list[int] = [side for side in shape if side != "values"]
    size: int = getattr(torch, dtype).itemsize
    return size * math.prod(sides)


def _bytes(rows: Tensor) -> Any:
    return rows.contiguous().view(len(rows), math.prod(rows.shape[1:])).view(torch.uint8).numpy()


def _loaded(field: LazyRows | Ragged) -> Any:
    return field.packed() if isinstance(field, Ragged) else field[:]


@contextmanager
def _named(path: Path) -> Iterator[BinaryIO]:
    """A file to write to; an error tells its name."""
    try:
        with path.open("r+b") as file:
            yield file
    except OSError as error:
        error.filename = str(path)
        raise
