"""Prepared samples in memory-mapped files: one array for each field, and a state for each sample."""

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from ..core.errors import InputError
from ..core.files import atomic_write
from ..definitions.definition import Batch, Definition
from ..definitions.markers import fill_of
from ..definitions.ragged import Ragged
from .lazy_rows import LazyRows
from .row_files import RowFiles, as_bytes

WRITTEN, DROPPED = 1, 2  # states of a sample; 0: not prepared yet
SPAN_BYTES = 16  # start and length of a ragged sample, two int64


class Layout(NamedTuple):
    """Dtype of a field and shape of a row; a row is a sample, or a value of a `ragged` sample."""

    dtype: str
    shape: list[int]
    ragged: bool

    @property
    def torch_dtype(self) -> torch.dtype:
        dtype: torch.dtype = getattr(torch, self.dtype)
        return dtype

    @property
    def row_bytes(self) -> int:
        return self.torch_dtype.itemsize * math.prod(self.shape)


def _layout(field: Tensor | Ragged) -> Layout:
    rows = field.values if isinstance(field, Ragged) else field
    return Layout(str(rows.dtype).removeprefix("torch."), list(rows.shape[1:]), isinstance(field, Ragged))


class MemmapStore:
    """Memory-mapped store of `count` samples in `folder`, written in any order, each once.

    A field of fixed shape has one row for each sample. A ragged field has its values in the order of writing, and the
    start and length of each sample. A sample is marked as written after its values: if the process is
    killed, no marked sample is lost, and the others can be written later.
    """

    def __init__(self, folder: Path, definition: Definition, count: int) -> None:
        self.files = RowFiles(folder, count)
        self.types = {"input": definition.Input, "target": definition.Target}
        self.layout_file = folder / "layout.json"
        stored = json.loads(self.layout_file.read_text()) if self.layout_file.exists() else {}
        self.layouts = {name: Layout(*layout) for name, layout in stored.items()}
        self.files.create("state", 1)

    def states(self) -> Tensor:
        """State of each sample, (count,) uint8."""
        return self.files.map("state", torch.uint8, []).clone()

    def write(self, batch: Batch) -> None:
        """Write samples at the indices that are their ids.

        Raises:
            InputError: fields differ in shape or dtype from those written before.
            OSError: the disk is full.
        """
        fields = {"weight": batch.weight} | {
            f"{part}.{name}": field for part in self.types for name, field in getattr(batch, part)._asdict().items()
        }
        self._check_layouts({name: _layout(field) for name, field in fields.items()})
        indices = batch.id.tolist()
        for name, field in fields.items():
            if isinstance(field, Ragged):
                start = self.files.append(f"{name}.values", as_bytes(field.values))
                self.files.write(name, indices, as_bytes(torch.stack([field.starts + start, field.lengths], 1)))
            else:
                self.files.write(name, indices, as_bytes(field))
        self.mark(indices, WRITTEN)

    def mark(self, indices: Sequence[int], state: int) -> None:
        """Set the state of samples."""
        if indices:
            self.files.write("state", indices, torch.full([len(indices), 1], state, dtype=torch.uint8).numpy())

    def _check_layouts(self, layouts: dict[str, Layout]) -> None:
        if not self.layouts:
            self._create(layouts)
        for name, layout in layouts.items():
            stored = self.layouts[name]
            if layout != stored:
                raise InputError(
                    f"Field '{name}' is {layout.shape} {layout.dtype} in some samples and {stored.shape} "
                    f"{stored.dtype} in others: a cached transformer must make them equal."
                )

    def _create(self, layouts: dict[str, Layout]) -> None:
        for name, layout in layouts.items():
            self.files.create(name, SPAN_BYTES if layout.ragged else layout.row_bytes)
            if layout.ragged:
                self.files.create(f"{name}.values", 0)
        with atomic_write(self.layout_file) as new:
            new.write_text(json.dumps(layouts))
        self.layouts = layouts

    def _field(self, name: str, indices: Tensor) -> LazyRows | Ragged:
        layout = self.layouts[name]
        if not layout.ragged:
            return LazyRows(self.files.map(name, layout.torch_dtype, layout.shape), indices)
        count = self.files.size(f"{name}.values") // layout.row_bytes
        spans = self.files.map(name, torch.int64, [2])[indices]
        values = self.files.map(f"{name}.values", layout.torch_dtype, layout.shape, count)
        part, _, field = name.partition(".")
        return Ragged(values, spans[:, 0], spans[:, 1], fill_of(self.types[part], field))

    def bytes_of(self, indices: Tensor) -> int:
        """Bytes that samples take in memory."""
        size = 0
        for name, layout in self.layouts.items():
            field = self._field(name, indices)
            rows = int(field.lengths.sum()) if isinstance(field, Ragged) else len(field)
            size += rows * layout.row_bytes
        return size

    def read(self, indices: Tensor, in_memory: bool) -> Batch:
        """Samples at `indices`, in that order; without `in_memory`, inputs stay memory-mapped."""

        def read_part(name: str) -> NamedTuple:
            fields = [self._field(f"{name}.{field}", indices) for field in self.types[name]._fields]
            loaded = in_memory or name == "target"
            part: NamedTuple = self.types[name]._make(map(_load, fields) if loaded else fields)
            return part

        return Batch(indices, self._field("weight", indices)[:], read_part("input"), read_part("target"))


def _load(field: LazyRows | Ragged) -> Tensor | Ragged:
    return field.packed() if isinstance(field, Ragged) else field[:]
