"""Facts about a dataset before training: counts, ranges, duplicates, doubtful labels."""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..data.filter import SampleId
from ..datasets.dataset import SplitName
from ..definitions.definition import Batch, Definition
from ..definitions.ragged import Ragged, values_of

Splits = Mapping[SplitName, Batch]
NEIGHBOURS = 5
CHECKED = 4000  # samples of a split whose labels are checked


class Field(NamedTuple):
    """Shape, dtype and statistics of one field in one split."""

    name: str
    shape: list[int]
    dtype: str
    low: float
    high: float
    mean: float
    std: float


def fields_of(batch: Batch) -> list[Field]:
    """Statistics of each field of input and target that is not empty, over all samples and axes; `shape` is that of the
    largest sample.
    """
    fields = []
    for part in (batch.input, batch.target):
        for name, field in part._asdict().items():
            values = values_of(field)
            if not values.numel():
                continue
            low, high = (bound.item() for bound in values.aminmax())
            sums = [chunk.double() for chunk in values.split(4096)]
            mean = sum(chunk.sum().item() for chunk in sums) / values.numel()
            square = sum((chunk - mean).square().sum().item() for chunk in sums) / values.numel()
            dtype = str(values.dtype).removeprefix("torch.")
            fields.append(Field(name, list(field.shape[1:]), dtype, low, high, mean, square**0.5))
    return fields


def class_labels(definition: Definition, batch: Batch) -> Tensor | None:
    """Class of each sample; None if the definition has no classes."""
    return None if definition.stratify is None else getattr(batch.target, definition.stratify)


def counts_of(definition: Definition, splits: Splits) -> dict[SplitName, list[int]]:
    """Number of samples of each class in each split, in the order of `definition.class_names()`."""
    count = len(definition.class_names())
    labels = {split: class_labels(definition, batch) for split, batch in splits.items()}
    return {
        split: torch.bincount(label, minlength=count).tolist() for split, label in labels.items() if label is not None
    }


def same_content(splits: Splits) -> list[list[SampleId]]:
    """Groups of two or more samples with bit-equal inputs."""
    groups: dict[bytes, list[SampleId]] = defaultdict(list)
    for split, batch in splits.items():
        contents = [_contents(field) for field in batch.input]
        for number, parts in zip(batch.id.tolist(), zip(*contents, strict=True), strict=True):
            digest = blake2b(digest_size=16)
            for part in parts:
                digest.update(part.tobytes())
            groups[digest.digest()].append(SampleId(split, number))
    return [group for group in groups.values() if len(group) > 1]


def _contents(field: Tensor | Ragged) -> Iterator[NDArray[np.uint8]]:
    """Iterate over the bytes of each sample."""
    rows = field.values if isinstance(field, Ragged) else field
    content = rows.contiguous().view(len(rows), math.prod(rows.shape[1:])).view(torch.uint8).numpy()
    if not isinstance(field, Ragged):
        return iter(content)
    starts, lengths = field.starts.tolist(), field.lengths.tolist()
    return (content[start : start + length] for start, length in zip(starts, lengths, strict=True))


def leaks(groups: list[list[SampleId]]) -> list[list[SampleId]]:
    """Groups with samples of more than one split."""
    return [group for group in groups if len({sample.split for sample in group}) > 1]


def leaked_share(groups: list[list[SampleId]], splits: Splits) -> float:
    """Largest share of val or test whose samples are also in train."""
    shares = []
    for split in set(splits) - {"train"}:
        inside = [group for group in groups if {"train", split} <= {sample.split for sample in group}]
        shares.append(sum(sample.split == split for group in inside for sample in group) / len(splits[split].id))
    return max(shares, default=0.0)


def contradictions(definition: Definition, splits: Splits, groups: list[list[SampleId]]) -> list[list[SampleId]]:
    """Groups whose samples have different classes."""
    label = {
        SampleId(split, number): value
        for split, batch in splits.items()
        if (values := class_labels(definition, batch)) is not None
        for number, value in zip(batch.id.tolist(), values.tolist(), strict=True)
    }
    return [group for group in groups if len({label.get(sample) for sample in group}) > 1]


def doubtful(definition: Definition, batch: Batch) -> list[tuple[int, int]]:
    """Find samples whose label may be wrong: (index in the batch, class of all nearest neighbours).

    Neighbours are the five nearest by Euclidean distance of the input's values, among the first 4,000 samples. Samples
    of different lengths have none.
    """
    labels = class_labels(definition, batch)
    if labels is None or len(labels) <= NEIGHBOURS or any(isinstance(field, Ragged) for field in batch.input):
        return []
    points = torch.cat([field[:CHECKED].float().reshape(len(labels[:CHECKED]), -1) for field in batch.input], 1)
    labels = labels[:CHECKED]
    distances = torch.cdist(points, points).fill_diagonal_(float("inf"))
    near = labels[distances.topk(NEIGHBOURS, largest=False).indices]
    agreed = (near == near[:, :1]).all(1) & (near[:, 0] != labels)
    return [(int(index), int(near[index, 0])) for index in agreed.nonzero()]
