"""Tensors of a batch by name, as shards hold them."""

from collections.abc import Iterator

from torch import Tensor

from ..definitions.definition import Batch
from ..definitions.ragged import Ragged
from .layout import layout_of

SMALL = 64  # bytes of a target that stays in memory


def tensors_of(batch: Batch) -> dict[str, Tensor]:
    """Tensors of a batch by name: `input.image`; of a field whose samples differ in length, values and lengths."""
    tensors = {"weight": batch.weight}
    for name, field in _fields(batch):
        if isinstance(field, Ragged):
            packed = field.packed()
            tensors |= {f"{name}.values": packed.values.contiguous(), f"{name}.lengths": packed.lengths}
        else:
            tensors[name] = field.contiguous()
    return tensors


def _fields(batch: Batch) -> Iterator[tuple[str, Tensor | Ragged]]:
    for part in ("input", "target"):
        for name, field in getattr(batch, part)._asdict().items():
            yield f"{part}.{name}", field


def layouts_of(batch: Batch) -> dict[str, tuple[str, list[int], bool]]:
    """Layout of each field of a batch, as plain data."""
    return {name: tuple(layout_of(field)) for name, field in _fields(batch)}


def is_small(name: str, tensor: Tensor) -> bool:
    """Whether `Streaming` keeps a tensor of `tensors_of` in memory: weights, and targets of few bytes."""
    in_memory = name == "weight" or (name.startswith("target.") and not name.endswith((".values", ".lengths")))
    return in_memory and tensor[0].nbytes <= SMALL
