"""Tells of images that reading has enlarged or shrunk."""

from collections.abc import Sequence
from statistics import median

from torch import Tensor

from ..definitions.definition import Sample
from ..definitions.images import LAST_READ

Size = tuple[int, int]
"""Height and width in pixels."""


def resized(raw: Sample, prepared: Sample, fields: Sequence[str]) -> list[tuple[Size, Size]]:
    """Size of each image, a field of the input, of a sample before and after it was prepared, where these differ.

    A file may be read at a reduced size: `LAST_READ` has that of the file, if one was read for this sample.
    """
    found = []
    for field in fields:
        values = [getattr(sample.input, field, None) for sample in (raw, prepared)]
        before, after = (tuple(value.shape[-2:]) if isinstance(value, Tensor) else () for value in values)
        if LAST_READ and len(before) == 2:
            before = LAST_READ[-1]
        if len(before) == len(after) == 2 and before != after:
            found.append(((before[0], before[1]), (after[0], after[1])))
    return found


def sentence(title: str, count: int, changed: Sequence[tuple[Size, Size]]) -> str:
    """How many images of `count` samples were enlarged or shrunk, with their median size."""
    before, after = ([median(size[axis] for size in sizes) for axis in (0, 1)] for sizes in zip(*changed, strict=True))
    what = "enlarged" if before[0] * before[1] < after[0] * after[1] else "shrunk"
    sizes = " to ".join(f"{height:.0f} x {width:.0f}" for height, width in (before, after))
    return f"{title}: images of {len(changed):,} of {count:,} samples are {what}, in the median from {sizes} pixels"
