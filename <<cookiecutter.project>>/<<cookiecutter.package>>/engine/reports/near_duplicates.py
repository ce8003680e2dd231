"""Near duplicates of images, and sizes and colour modes of image files."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median

import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate

from ..core.errors import first_line
from ..data.filter import SampleId
from .content import TextTable
from .data_card import Splits

SMALLEST = 32  # pixels of a side: in smaller images different things look alike
GRID = 16  # a hash has a bit for each pair of neighbours in a row of a GRID x (GRID + 1) image
NEAR = 10  # bits of 256 in which two hashes differ, at most
MOST = 20_000  # samples that are compared
OPENED = 2_000  # files whose head is read
CHUNK = 2_000


def hashes(images: Tensor) -> Tensor:
    """Difference hash of images (N, C, H, W) uint8: whether each area is brighter than the one to its left, as
    (N, 256) of -1 and 1 float32 (dHash: Krawetz, Kind of like that, 2013).
    """
    parts = [
        interpolate(chunk.float().mean(1, keepdim=True), (GRID, GRID + 1), mode="area") for chunk in images.split(256)
    ]
    small = torch.cat(parts)[:, 0]
    return torch.where(small[:, :, 1:] > small[:, :, :-1], 1.0, -1.0).flatten(1)


def near_duplicates(splits: Splits) -> list[tuple[SampleId, SampleId]] | None:
    """Pairs of different images that look alike, the most alike first; None without images of 32 pixels or more."""
    images = [
        next((field for field in batch.input if isinstance(field, Tensor) and _is_image(field)), None)
        for batch in splits.values()
    ]
    found = [image for image in images if image is not None]
    if len(found) < len(images):
        return None
    ids = [SampleId(split, number) for split, batch in splits.items() for number in batch.id.tolist()][:MOST]
    bits = torch.cat([hashes(image) for image in found])[:MOST]
    content = torch.cat([image.flatten(1).double().mean(1) for image in found])[:MOST]
    flat = bits.abs().sum(1) > bits.sum(1).abs()  # an image of one colour is like every other one
    pairs: list[tuple[float, int, int]] = []
    for start in range(0, len(bits), CHUNK):
        apart = (bits.shape[1] - bits[start : start + CHUNK] @ bits.T) / 2
        for row, column in (apart <= NEAR).nonzero().tolist():
            one, other = start + row, column
            if one < other and flat[one] and (apart[row, column] > 0 or content[one] != content[other]):
                pairs.append((float(apart[row, column]), one, other))
    return [(ids[one], ids[other]) for _, one, other in sorted(pairs)]


def _is_image(field: Tensor) -> bool:
    return field.dtype == torch.uint8 and field.ndim == 4 and min(field.shape[2:]) >= SMALLEST


def file_facts(paths: Sequence[Path]) -> TextTable:
    """Sizes and colour modes of image files, of which at most 2,000 at even intervals are opened."""
    chosen = paths[:: -(-len(paths) // OPENED)] if paths else []
    sizes, modes, broken = [], Counter[str](), list[str]()
    for path in chosen:
        try:
            with Image.open(path) as image:
                sizes.append(image.size)
                modes[image.mode] += 1
        except (OSError, ValueError, Image.DecompressionBombError) as error:
            broken.append(f"{path.name} ({first_line(error)})")
    if not sizes:
        return []
    rows = [["files", f"{len(paths):,}, of which {len(chosen):,} were opened"]]
    rows += [[name, _range(size[axis] for size in sizes)] for axis, name in enumerate(("width", "height"))]
    rows.append(["colour modes", ", ".join(f"{mode} {count:,}" for mode, count in modes.most_common())])
    rows += [["cannot be opened", ", ".join(broken[:5])]] if broken else []
    return [["", ""], *rows]


def _range(values: Iterable[int]) -> str:
    numbers = list(values)
    return f"{min(numbers)} to {max(numbers)} pixels, median {median(numbers):g}"
