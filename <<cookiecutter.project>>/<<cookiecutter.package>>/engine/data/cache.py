"""Disk cache of prepared samples, invalidated when data, arguments or code change."""

import json
import logging
import os
import shutil
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Annotated

import torch
from annotated_types import Interval
from filelock import FileLock

from ..core.files import file_state
from ..core.memory import free_memory
from ..core.plain import Config
from ..datasets.dataset import paths_of
from ..definitions.definition import Batch
from .memmap_store import DROPPED, WRITTEN, MemmapStore
from .prepare import DROPPED_REASON, LeftOut, ReadRequest, chunks, report

OPENED = "opened.txt"  # in the folder of an entry: state of each file that was opened and is not in the key
log = logging.getLogger(__name__)


class Cache:
    """Disk cache of prepared samples, with a folder for each source and each way to prepare it.

    One process fills it while the others wait. After an interruption only missing samples are read.

    Args:
        dir: Folder of the cache; it can be deleted at any time.
        rebuild: Delete the entries that this job would use, and prepare them again.
        memory: Largest share of the free memory that a split may take; larger ones are memory-mapped.
        verify: Check every file of an entry, which reads it once more; without, those whose size or time has changed.
    """

    def __init__(
        self,
        dir: str = "data/cache",
        rebuild: bool = False,
        memory: Annotated[float, Interval(ge=0, le=1)] = 0.5,
        verify: bool = False,
    ) -> None:
        self.dir, self.memory = Path(dir), memory
        # The other processes of a job start after the first, and read what it has rebuilt or checked.
        first = os.environ.get("LOCAL_RANK", "0") == "0"
        self.rebuild, self.verify = rebuild and first, verify and first
        self.rebuilt: set[Path] = set()

    def load(self, cache_key: Config, request: ReadRequest) -> Batch:
        """Like `prepare.load`. `cache_key`: all that determines the samples; `source` is part of the folder name.

        Raises:
            InputError: as `prepare.load`, or a file of the cache is damaged.
        """
        samples = request.samples
        key = json.dumps({**cache_key, "tokens": fingerprint(samples.tokens)}, sort_keys=True, default=str)
        folder = self.dir / f"{cache_key['source']}-{blake2b(key.encode(), digest_size=8).hexdigest()}"
        self.dir.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_suffix(".lock")):
            if (self.rebuild and folder not in self.rebuilt) or _is_outdated(folder / OPENED):
                shutil.rmtree(folder, ignore_errors=True)
            self.rebuilt.add(folder)
            store = MemmapStore(folder, samples.definition, len(samples))
            (folder / "cache_key.json").write_text(key)
            store.check(self.verify)
            try:
                left_out = _fill(store, request, folder / OPENED)
            finally:
                store.stamp()
        report(request, left_out)
        states = store.states()
        kept = torch.tensor([index for index in request.indices if states[index] == WRITTEN], dtype=torch.int64)
        size = store.bytes_of(kept)
        fits = size <= self.memory * free_memory()
        if not fits:
            log.info("%s: %.3g GiB stay in %s", request.title, size / 2**30, folder)
        return store.read(kept, fits)


def _fill(store: MemmapStore, request: ReadRequest, record: Path) -> list[LeftOut]:
    """Prepare and write the samples of a request that are not in the store yet."""
    states = store.states()
    missing = [index for index in request.indices if not states[index]]
    left_out = [(index, DROPPED_REASON) for index in request.indices if states[index] == DROPPED]
    opened: frozenset[Path] = frozenset()
    for chunk in chunks(request, missing):
        new = (request.opened | chunk.opened) - opened
        opened |= new
        with record.open("a", encoding="utf-8") as file:
            file.writelines(_record_of(path) + "\n" for path in sorted(new))
        if chunk.batch is not None:
            store.write(chunk.batch)
        store.drop([index for index, reason in chunk.left_out if reason == DROPPED_REASON])
        left_out += chunk.left_out
    return left_out


def _record_of(path: Path) -> str:
    return json.dumps([str(path), file_state(path)])


def _is_outdated(record: Path) -> bool:
    """Whether a file has changed that was opened for these samples."""
    lines = record.read_bytes().splitlines() if record.is_file() else []
    try:
        return any(_record_of(Path(json.loads(line)[0])).encode() != line for line in lines)
    except (ValueError, TypeError, LookupError):  # a damaged line
        return True


def fingerprint(tokens: Sequence[object]) -> str:
    """Digest of tokens, and of size and modification time of each file that they name."""
    digest = blake2b(digest_size=16)
    for token in tokens:
        digest.update(repr(token).encode())
        for path in paths_of(token):
            digest.update(repr(file_state(path)).encode())
    return digest.hexdigest()
