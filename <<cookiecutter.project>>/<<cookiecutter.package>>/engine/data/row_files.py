"""Binary files of rows of fixed size, memory-mapped for reading."""

import math
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO
from zlib import crc32

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Runs = Sequence[Sequence[int]]
"""Places of rows: first of each run, and the one after its last."""


class RowFiles:
    """Files of `count` rows in `folder`, one for each name; files that are appended to may have any number.

    Rows are written and not memory-mapped for writing: on a full disk a write raises an error, and a write to a mapped
    page would kill the process. So would reading a row of a mapped file that was never written, on a full tmpfs.
    """

    def __init__(self, folder: Path, count: int) -> None:
        self.folder, self.count = folder, count
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.bin"

    def create(self, name: str, row_bytes: int) -> None:
        """Create a sparse file of zeros if it does not exist; with 0 `row_bytes`, an empty one to append to."""
        if not self.path(name).exists():
            with self.path(name).open("wb") as file:
                file.truncate(row_bytes * self.count)

    def write(self, name: str, runs: Runs, rows: NDArray[np.uint8]) -> None:
        """Write the bytes of rows, (rows, bytes), at the places of `runs`."""
        row = 0
        with _open(self.path(name)) as file:
            for start, end in runs:
                file.seek(start * rows.shape[1])
                file.write(rows[row : row + end - start].data)
                row += end - start

    def append(self, name: str, rows: NDArray[np.uint8]) -> int:
        """Append the bytes of rows, (rows, bytes), and return the number of rows before them. An incomplete row at the
        end, left by a killed process, is overwritten.
        """
        with _open(self.path(name)) as file:
            row_bytes: int = rows.shape[1]
            before = file.seek(0, os.SEEK_END) // row_bytes
            file.seek(before * row_bytes)
            file.write(rows.data)
        return before

    def checksum(self, name: str, runs: Runs, row_bytes: int) -> int:
        """Checksum of the rows at `runs`: that of the array that was written, unless the file has changed."""
        value = 0
        with self.path(name).open("rb") as file:
            for start, end in runs:
                file.seek(start * row_bytes)
                value = crc32(file.read((end - start) * row_bytes), value)
        return value

    def size(self, name: str) -> int:
        """Bytes of a file."""
        return self.path(name).stat().st_size

    def map(self, name: str, dtype: torch.dtype, shape: Sequence[int], count: int | None = None) -> Tensor:
        """First `count` rows, by default all, as a memory-mapped tensor (count, *shape)."""
        count = self.count if count is None else count
        if not count:  # an empty file cannot be mapped
            return torch.empty(0, *shape, dtype=dtype)
        return torch.from_file(str(self.path(name)), False, count * math.prod(shape), dtype=dtype).view(count, *shape)


def runs_of(indices: Sequence[int]) -> list[list[int]]:
    """Runs of places in their order: [3, 4, 5, 9] → [[3, 6], [9, 10]]."""
    breaks = [index for index in range(1, len(indices)) if indices[index] != indices[index - 1] + 1]
    ends = pairwise([0, *breaks, len(indices)])
    return [[indices[start], indices[end - 1] + 1] for start, end in ends if end > start]


def as_bytes(rows: Tensor) -> NDArray[np.uint8]:
    """Rows as a NumPy array of uint8, (rows, bytes)."""
    return rows.contiguous().view(len(rows), math.prod(rows.shape[1:])).view(torch.uint8).numpy()


@contextmanager
def _open(path: Path) -> Iterator[BinaryIO]:
    """Context with a file opened for writing; errors name the file."""
    try:
        with path.open("r+b") as file:
            yield file
    except OSError as error:
        error.filename = str(path)
        raise
