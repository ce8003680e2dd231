"""A split in memory: read once, transformed once, then a batch is one indexing operation."""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset
from tqdm import tqdm

from ..definitions.definition import Batch, Sample
from ..errors import InputError, first_line
from .dataset import Samples

log = logging.getLogger(__name__)
CHUNK = 256  # samples a worker reads before it hands them over
Prepare = Callable[[Sample], Sample | None]


DROPPED_BY = "a transformer dropped it"
LeftOut = tuple[int, str]  # the place of a sample, and why it is not there


class Chunk(NamedTuple):
    """What a worker hands over: samples, and those that were left out; or an error, for a worker would wrap its
    sentence into a traceback.
    """

    batch: Batch | None
    left_out: list[LeftOut]
    error: InputError | None = None


class Prepared(TorchDataset[Chunk]):
    """Chunks of samples, transformed and stacked; this runs in the workers."""

    def __init__(self, samples: Samples, prepare: Prepare, chunks: Sequence[list[int]], skip: bool) -> None:
        self.samples, self.prepare, self.chunks, self.skip = samples, prepare, chunks, skip

    def __len__(self) -> int:
        return len(self.chunks)

    def __getitem__(self, index: int) -> Chunk:
        kept: list[Sample] = []
        left_out: list[LeftOut] = []
        try:
            for place in self.chunks[index]:
                sample = self._read(place, left_out)
                kept += [] if sample is None else [sample]
            return Chunk(stack(kept) if kept else None, left_out)
        except InputError as error:
            return Chunk(None, left_out, error)

    def _read(self, place: int, left_out: list[LeftOut]) -> Sample | None:
        try:
            sample = self.prepare(self.samples[place])
        except Exception as error:  # an unreadable sample can raise anything
            if not self.skip:
                raise
            left_out.append((place, first_line(error)))
            return None
        if sample is None:
            left_out.append((place, DROPPED_BY))
        return sample


def load(
    samples: Samples, places: Sequence[int], prepare: Prepare, workers: int, title: str, skip: bool = False
) -> Batch:
    """Read the samples at `places`, in that order whatever the number of `workers`, into one batch.

    Samples that a transformer drops, and with `skip` those that cannot be read, are left out, counted and named.

    Raises:
        InputError: no sample is left, or, without `skip`, one cannot be read.
    """
    parts, left_out = [], []
    for chunk in chunks(samples, places, prepare, workers, title, skip):
        parts += [] if chunk.batch is None else [chunk.batch]
        left_out += chunk.left_out
    report(title, samples, len(places), left_out)
    return join(parts)


def chunks(
    samples: Samples, places: Sequence[int], prepare: Prepare, workers: int, title: str, skip: bool
) -> Iterator[Chunk]:
    """The samples at `places`, some at a time; shows how far it is."""
    parts = [list(places[start : start + CHUNK]) for start in range(0, len(places), CHUNK)]
    prepared = Prepared(samples, prepare, parts, skip)
    loader = DataLoader(prepared, batch_size=None, num_workers=workers if parts else 0, collate_fn=as_it_is)
    with tqdm(total=len(places), desc=f"reading {title}", unit=" samples", delay=1, leave=False) as progress:
        for part, chunk in zip(parts, loader, strict=True):
            if chunk.error is not None:
                raise chunk.error
            yield chunk
            progress.update(len(part))


def report(title: str, samples: Samples, count: int, left_out: Sequence[LeftOut]) -> None:
    """Count and name the samples that were left out.

    Raises:
        InputError: these are all.
    """
    lines = [f"sample {place} ({samples.tokens[place]}): {reason}" for place, reason in left_out]
    if len(lines) == count:
        raise InputError(f"{title}: none of {count} samples is left; {lines[0]}.")
    if lines:
        log.warning("%s: %d of %d samples were left out:", title, len(lines), count)
    for line in lines:
        log.warning("%s", line)


def stack(samples: Sequence[Sample]) -> Batch:
    """Samples of the same form, stacked field by field.

    Raises:
        InputError: the samples of a field differ in shape; names the field and two of the samples.
    """
    first = samples[0]
    return Batch(
        id=torch.tensor([sample.id for sample in samples]),
        weight=torch.tensor([sample.weight for sample in samples], dtype=torch.float32),
        input=type(first.input)(*_columns(samples, "input")),
        target=type(first.target)(*_columns(samples, "target")),
    )


def _columns(samples: Sequence[Sample], part: str) -> list[Tensor]:
    columns = []
    for field in getattr(samples[0], part)._fields:
        column = [_tensor(getattr(getattr(sample, part), field), field, sample.id) for sample in samples]
        odd = next((place for place, value in enumerate(column) if value.shape != column[0].shape), None)
        if odd is not None:
            raise InputError(
                f"Field '{field}' is {list(column[0].shape)} in sample {samples[0].id} but "
                f"{list(column[odd].shape)} in sample {samples[odd].id}: a cached transformer must even them out."
            )
        columns.append(torch.stack(column))
    return columns


def _tensor(value: Any, field: str, place: int) -> Tensor:
    try:
        return torch.as_tensor(value)
    except (TypeError, ValueError, RuntimeError) as error:
        kind = type(value).__name__
        raise InputError(f"get_{field} gives {kind} for sample {place}, expected a tensor or a number.") from error


def join(parts: Sequence[Batch]) -> Batch:
    """Batches one behind the other."""
    first = parts[0]
    return Batch(
        id=torch.cat([part.id for part in parts]),
        weight=torch.cat([part.weight for part in parts]),
        input=type(first.input)(*map(torch.cat, zip(*(part.input for part in parts), strict=True))),
        target=type(first.target)(*map(torch.cat, zip(*(part.target for part in parts), strict=True))),
    )


def take(batch: Batch, places: Tensor | slice, seed: int = 0) -> Batch:
    """Some samples of a batch."""
    return Batch(
        id=batch.id[places],
        weight=batch.weight[places],
        input=type(batch.input)(*(field[places] for field in batch.input)),
        target=type(batch.target)(*(field[places] for field in batch.target)),
        seed=seed,
    )


def as_it_is(batch: Any) -> Any:
    """The collate function where batches come whole."""
    return batch
