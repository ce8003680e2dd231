"""Reading and preparing samples in worker processes, each sample once."""

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from ..core.disk import full_disk
from ..core.errors import InputError, failure, first_line, shortened
from ..core.opened import opened_files
from ..core.progress import progress
from ..datasets.dataset import Samples, paths_of
from ..definitions.check import FieldError, check_batch
from ..definitions.definition import Batch, Sample
from ..definitions.images import LAST_READ
from ..definitions.markers import Spatial, marked
from .collate import identity, index_batch, join, stack
from .resized import Size, resized, sentence
from .workers import Places, share, watched

log = logging.getLogger(__name__)
CHUNK = 256  # samples that a worker reads before it returns them, at most
TURNS = 16  # chunks of each worker, at least: the workers finish at about the same time, also with few slow samples
DROPPED_REASON = "a transformer dropped it"
LeftOut = tuple[int, str]
"""Index of a sample, and the reason why it was left out."""


@dataclass(frozen=True)
class ReadRequest:
    """Samples to read and prepare.

    Attributes:
        samples: Raw samples.
        indices: Those to read, in this order.
        prepare: The cached transformers; None drops the sample.
        title: Name of the samples in messages.
        num_workers: Worker processes.
        skip_errors: Leave out samples that cannot be read.
        opened: Files that were opened before the first sample was read.
        timeout: Seconds after which a worker that is still at the same sample is ended; 0: never.
    """

    samples: Samples
    indices: Sequence[int]
    prepare: Callable[[Sample], Sample | None]
    title: str
    num_workers: int = 0
    skip_errors: bool = False
    opened: frozenset[Path] = frozenset()
    timeout: float = 0

    def describe(self, indices: Sequence[int]) -> str:
        """Names of some samples: `sample 7 (7.png) of Digits train`."""
        names = [f"sample {index} ({shortened(self.samples.tokens[index])})" for index in indices]
        return f"{' or '.join(names) or 'a sample'} of {self.title}"


class Chunk(NamedTuple):
    """Result of a worker: prepared samples, and those left out; or an error, which the loader would wrap in a
    traceback if the worker raised it. `opened`: files that were opened, without those that the tokens name.
    `changed`: sizes of images before and after, where these differ.
    """

    batch: Batch | None
    left_out: list[LeftOut]
    error: InputError | None = None
    opened: frozenset[Path] = frozenset()
    changed: Sequence[tuple[Size, Size]] = ()


class ChunkDataset(TorchDataset[Chunk]):
    """Chunks of prepared, stacked and checked samples; indexed in the workers."""

    def __init__(self, request: ReadRequest, chunks: Sequence[list[int]]) -> None:
        self.request, self.chunks, self.places = request, chunks, Places(request.num_workers)
        self.images = list(marked(request.samples.definition.Input, Spatial))

    def __len__(self) -> int:
        return len(self.chunks)

    def __getitem__(self, chunk: int) -> Chunk:
        kept: list[Sample] = []
        left_out: list[LeftOut] = []
        changed: list[tuple[Size, Size]] = []
        tokens = self.request.samples.tokens
        try:
            with opened_files() as opened:
                for index in self.chunks[chunk]:
                    self.places.enter(index)
                    sample = self._read(index, left_out, changed)
                    kept += [] if sample is None else [sample]
            named = {Path(os.path.abspath(path)) for index in self.chunks[chunk] for path in paths_of(tokens[index])}
            batch = self._stack(kept) if kept else None
            return share(Chunk(batch, left_out, opened=frozenset(opened - named), changed=changed))
        except InputError as error:
            return Chunk(None, left_out, error)
        finally:
            self.places.leave()

    def _stack(self, kept: list[Sample]) -> Batch:
        batch = stack(kept, self.request.samples.ragged)
        try:
            check_batch(self.request.samples.definition, index_batch(batch, slice(None)), self.request.title)
        except FieldError as error:
            raise InputError(f"{str(error).removesuffix('.')}: {_advice(error, batch)}.") from error
        return batch

    def _read(self, index: int, left_out: list[LeftOut], changed: list[tuple[Size, Size]]) -> Sample | None:
        request = self.request
        try:
            LAST_READ.clear()
            raw = request.samples[index]
            sample = request.prepare(raw)
        except Exception as error:  # an unreadable sample can raise anything
            if not request.skip_errors:
                if isinstance(error, InputError) or full_disk(error, Path.cwd()):
                    raise
                raise failure(f"{request.describe([index])} cannot be prepared", error) from error
            left_out.append((index, first_line(error)))
            return None
        if sample is None:
            left_out.append((index, DROPPED_REASON))
        else:
            changed += resized(raw, sample, self.images)
        return sample


def _advice(error: FieldError, batch: Batch) -> str:
    values = getattr(batch.target if error.field in batch.target._fields else batch.input, error.field)
    if error.row is None:
        value = "int(…)" if values.ndim == 1 and not values.is_floating_point() else "this dtype and shape"
        return f"return {value} from get_{error.field}, or convert it in a cached transformer"
    hint = ", classes count from 0" if values.ndim == 1 and not values.is_floating_point() else ""
    return f"look at get_{error.field} of sample {int(batch.id[error.row])}{hint}"


def load(request: ReadRequest) -> Batch:
    """Read samples into one batch, in the order of the request for any number of workers.

    Samples that a transformer drops, and with `skip_errors` those that cannot be read, are left out and logged.

    Raises:
        InputError: all samples are left out, one breaks the definition, or, without `skip_errors`, cannot be read.
    """
    batches: list[Batch] = []
    left_out: list[LeftOut] = []
    for chunk in chunks(request, request.indices):
        if chunk.batch is not None:
            # A copy of its own: the tensors of a worker each keep a file open.
            batches.append(join([chunk.batch]) if request.num_workers else chunk.batch)
        left_out += chunk.left_out
    report(request, left_out)
    return join(batches)


def chunks(request: ReadRequest, indices: Sequence[int]) -> Iterator[Chunk]:
    """Read some samples of a request chunk by chunk, with a progress bar."""
    parts = split_indices(indices, request.num_workers)
    num_workers = min(request.num_workers, len(parts))
    dataset = ChunkDataset(request, parts)
    timeout = request.timeout if num_workers else 0
    loader = DataLoader(dataset, batch_size=None, num_workers=num_workers, collate_fn=identity, timeout=timeout)
    changed: list[tuple[Size, Size]] = []
    with progress(f"reading {request.title}", "samples", total=len(indices)) as bar:
        for part, chunk in zip(parts, watched(loader, dataset.places, request.describe), strict=True):
            if chunk.error is not None:
                raise chunk.error
            yield chunk
            changed += chunk.changed
            bar.update(len(part))
    if changed:
        log.info("%s", sentence(request.title, len(indices), changed))


def split_indices(indices: Sequence[int], num_workers: int) -> list[list[int]]:
    """Indices of each chunk, in their order."""
    size = CHUNK if num_workers == 0 else max(min(CHUNK, len(indices) // (TURNS * num_workers)), 1)
    return [list(indices[start : start + size]) for start in range(0, len(indices), size)]


def report(request: ReadRequest, left_out: Sequence[LeftOut]) -> None:
    """Log the samples that were left out.

    Raises:
        InputError: these are all samples of the request.
    """
    tokens, count = request.samples.tokens, len(request.indices)
    lines = [f"sample {index} ({tokens[index]}): {reason}" for index, reason in left_out]
    if len(lines) == count:
        raise InputError(f"{request.title}: all {count} samples were left out; {lines[0]}.")
    if lines:
        log.warning("%s: %d of %d samples were left out:", request.title, len(lines), count)
    for line in lines:
        log.warning("%s", line)
