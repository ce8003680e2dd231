"""Layout of the fields of prepared samples in files."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from ..definitions.ragged import Ragged

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


def layout_of(field: Tensor | Ragged) -> Layout:
    """Layout of a field of a batch."""
    rows = field.values if isinstance(field, Ragged) else field
    return Layout(str(rows.dtype).removeprefix("torch."), list(rows.shape[1:]), isinstance(field, Ragged))


def row_bytes_of(layouts: dict[str, Layout]) -> dict[str, int]:
    """Bytes of a row of each file; a ragged field has a file of values and one of spans."""
    values = {f"{name}.values": layout.row_bytes for name, layout in layouts.items() if layout.ragged}
    return values | {name: SPAN_BYTES if layout.ragged else layout.row_bytes for name, layout in layouts.items()}
