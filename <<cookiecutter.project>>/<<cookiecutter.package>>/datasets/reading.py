"""Every sample is read once, sent through the cached transformers once, and checked, in worker processes."""

import logging
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from ..definitions.check import check_batch
from ..definitions.definition import Batch, Sample
from ..errors import InputError, first_line
from ..progress import progress
from .batches import as_it_is, join, stack, take
from .dataset import Samples

log = logging.getLogger(__name__)
CHUNK = 256  # samples a worker reads before it hands them over, at most
TURNS = 16  # chunks of each worker, at least: the workers end nearly together, also where samples are few and slow
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
    """Chunks of samples, transformed, stacked and checked; this runs in the workers."""

    def __init__(self, samples: Samples, prepare: Prepare, chunks: Sequence[list[int]], title: str, skip: bool) -> None:
        self.samples, self.prepare, self.chunks, self.title, self.skip = samples, prepare, chunks, title, skip

    def __len__(self) -> int:
        return len(self.chunks)

    def __getitem__(self, index: int) -> Chunk:
        kept: list[Sample] = []
        left_out: list[LeftOut] = []
        try:
            for place in self.chunks[index]:
                sample = self._read(place, left_out)
                kept += [] if sample is None else [sample]
            return Chunk(self._batch(kept) if kept else None, left_out)
        except InputError as error:
            return Chunk(None, left_out, error)

    def _batch(self, kept: list[Sample]) -> Batch:
        batch = stack(kept, self.samples.ragged)
        check_batch(self.samples.definition, take(batch, slice(None)), self.title)
        return batch

    def _read(self, place: int, left_out: list[LeftOut]) -> Sample | None:
        try:
            sample = self.prepare(self.samples[place])
        except Exception as error:  # an unreadable sample can raise anything
            if not self.skip:
                error.add_note(f"while preparing sample {place} ({self.samples.tokens[place]}) of {self.title}")
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
        InputError: no sample is left, one is not what the definition says, or, without `skip`, one cannot be read.
    """
    parts: list[Batch] = []
    left_out: list[LeftOut] = []
    for chunk in chunks(samples, places, prepare, workers, title, skip):
        if chunk.batch is not None:
            # A copy of its own: what a worker hands over keeps a file open for each of its tensors.
            parts.append(join([chunk.batch]) if workers else chunk.batch)
        left_out += chunk.left_out
    report(title, samples, len(places), left_out)
    return join(parts)


def chunks(
    samples: Samples, places: Sequence[int], prepare: Prepare, workers: int, title: str, skip: bool
) -> Iterator[Chunk]:
    """The samples at `places`, some at a time; shows how far it is."""
    parts = parts_of(places, workers)
    prepared = Prepared(samples, prepare, parts, title, skip)
    loader = DataLoader(prepared, batch_size=None, num_workers=min(workers, len(parts)), collate_fn=as_it_is)
    with progress(f"reading {title}", "samples", total=len(places)) as bar:
        for part, chunk in zip(parts, loader, strict=True):
            if chunk.error is not None:
                raise chunk.error
            yield chunk
            bar.update(len(part))


def parts_of(places: Sequence[int], workers: int) -> list[list[int]]:
    """The places of each chunk, in their order."""
    size = CHUNK if workers == 0 else max(min(CHUNK, len(places) // (TURNS * workers)), 1)
    return [list(places[start : start + size]) for start in range(0, len(places), size)]


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
