"""Prepared samples in memory-mapped files: one array for each field, and a journal of what was written."""

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

import torch
from torch import Tensor

from ..core.errors import InputError
from ..core.files import atomic_write, file_state
from ..core.plain import PlainData
from ..definitions.definition import Batch, Definition
from ..definitions.markers import fill_of
from ..definitions.ragged import Ragged
from .journal import REMEDY, Journal
from .layout import Layout, layout_of, row_bytes_of
from .lazy_rows import LazyRows
from .row_files import RowFiles, Runs, as_bytes, runs_of

WRITTEN, DROPPED = 1, 2  # states of a sample; 0: not prepared yet


class MemmapStore:
    """Memory-mapped store of `count` samples in `folder`, written in any order, each once.

    A field of fixed shape has one row for each sample. A ragged field has its values in the order of writing, and the
    start and length of each sample. A chunk of samples enters the journal, with the checksum of each field, after its
    values: if the process is killed, no sample of the journal is lost, and the others can be written later.

    Raises:
        InputError: the journal is damaged.
    """

    def __init__(self, folder: Path, definition: Definition, count: int) -> None:
        self.files = RowFiles(folder, count)
        self.types = {"input": definition.Input, "target": definition.Target}
        self.journal, self.stamps = Journal(folder / "journal.txt"), folder / "stamps.json"
        self.records = self.journal.read()
        stored: PlainData = next((record["layouts"] for record in self.records if "layouts" in record), {})
        self.layouts = {name: Layout(*layout) for name, layout in stored.items()}

    def states(self) -> Tensor:
        """State of each sample, (count,) uint8."""
        states = torch.zeros(self.files.count, dtype=torch.uint8)
        for record in self.records:
            for key, state in (("written", WRITTEN), ("dropped", DROPPED)):
                for start, end in record.get(key, []):
                    states[start:end] = state
        return states

    def write(self, batch: Batch) -> None:
        """Write samples at the indices that are their ids.

        Raises:
            InputError: fields differ in shape or dtype from those written before.
            OSError: the disk is full.
        """
        fields = {"weight": batch.weight} | {
            f"{part}.{name}": field for part in self.types for name, field in getattr(batch, part)._asdict().items()
        }
        self._check_layouts({name: layout_of(field) for name, field in fields.items()})
        written = runs_of(batch.id.tolist())
        sums: dict[str, tuple[int, Runs]] = {}
        for name, field in fields.items():
            rows = as_bytes(field.values if isinstance(field, Ragged) else field)
            if isinstance(field, Ragged):
                start = self.files.append(f"{name}.values", rows)
                sums[f"{name}.values"] = crc32(rows.data), [[start, start + len(rows)]]
                rows = as_bytes(torch.stack([field.starts + start, field.lengths], 1))
            self.files.write(name, written, rows)
            sums[name] = crc32(rows.data), written
        self._note({"written": written, "sums": sums})

    def drop(self, indices: Sequence[int]) -> None:
        """Note that samples were dropped."""
        if indices:
            self._note({"dropped": runs_of(indices)})

    def _note(self, record: PlainData) -> None:
        self.journal.append(record)
        self.records.append(record)

    def check(self, every: bool = False) -> None:
        """Check the checksums of `every` file, or of each whose size or time has changed since `stamp`.

        Raises:
            InputError: a file is damaged; names the samples.
        """
        try:
            known = {} if every else json.loads(self.stamps.read_text())
        except (OSError, ValueError):
            known = {}
        for name, row_bytes in row_bytes_of(self.layouts).items():
            if self._state(name) is None or self._state(name) != known.get(name):
                self._check_file(name, row_bytes)

    def _check_file(self, name: str, row_bytes: int) -> None:
        path = self.files.path(name)
        if not path.exists():
            raise InputError(f"{path} is not there: {REMEDY}.")
        for record in self.records:
            expected, runs = record.get("sums", {}).get(name, (0, []))
            if runs and self.files.checksum(name, runs, row_bytes) != expected:
                first, end = record["written"][0][0], record["written"][-1][1]
                raise InputError(
                    f"{path} is damaged (samples between {first} and {end - 1} do not have their checksum): {REMEDY}."
                )

    def stamp(self) -> None:
        """Keep size and time of each file, if there is room."""
        with suppress(OSError), atomic_write(self.stamps) as new:
            new.write_text(json.dumps({name: self._state(name) for name in row_bytes_of(self.layouts)}))

    def _state(self, name: str) -> list[int] | None:
        state = file_state(self.files.path(name))
        return None if state is None else list(state)

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
        self.layouts = layouts
        for name, row_bytes in row_bytes_of(self.layouts).items():
            self.files.create(name, 0 if name.endswith(".values") else row_bytes)
        self._note({"layouts": layouts})

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
