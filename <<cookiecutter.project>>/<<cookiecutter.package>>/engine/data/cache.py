"""Samples that were prepared once stay in files, until what they were made from changes."""

import json
import logging
import os
import shutil
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Annotated, Any

import torch
from annotated_types import Interval
from filelock import FileLock

from ..datasets.dataset import Samples, paths_of
from ..definitions.definition import Batch
from .memmap_store import DROPPED, WRITTEN, MemmapStore
from .prepare import DROPPED_BY, Prepare, chunks, report

log = logging.getLogger(__name__)


class Cache:
    """A folder below `dir` for each set of samples and each way to prepare them.

    It is filled once, by one process, while others wait; after an interruption it goes on. `rebuild` throws away what
    this job would use. Samples that take more than the share `memory` of what is free stay in their files.
    """

    def __init__(
        self, dir: str = "data/cache", rebuild: bool = False, memory: Annotated[float, Interval(ge=0, le=1)] = 0.5
    ) -> None:
        self.dir, self.memory = Path(dir), memory
        # The processes that share a job start one after the other: the first has built anew what the others read.
        self.rebuild = rebuild and os.environ.get("LOCAL_RANK", "0") == "0"
        self.rebuilt: set[Path] = set()

    def load(
        self,
        cache_key: Mapping[str, Any],
        samples: Samples,
        places: Sequence[int],
        prepare: Prepare,
        workers: int,
        title: str,
        skip: bool,
    ) -> Batch:
        """As `prepare.load`. `cache_key` is all that decides what the samples are; its `source` names the folder."""
        key = json.dumps({**cache_key, "tokens": fingerprint(samples.tokens)}, sort_keys=True, default=str)
        folder = self.dir / f"{cache_key['source']}-{blake2b(key.encode(), digest_size=8).hexdigest()}"
        self.dir.mkdir(parents=True, exist_ok=True)
        with FileLock(folder.with_suffix(".lock")):
            if self.rebuild and folder not in self.rebuilt:
                shutil.rmtree(folder, ignore_errors=True)
            self.rebuilt.add(folder)
            store = MemmapStore(folder, samples.definition, len(samples))
            (folder / "recipe.json").write_text(key)
            states = store.states()
            missing = [place for place in places if not states[place]]
            left_out = []
            for chunk in chunks(samples, missing, prepare, workers, title, skip):
                if chunk.batch is not None:
                    store.write(chunk.batch)
                store.mark([place for place, reason in chunk.left_out if reason == DROPPED_BY], DROPPED)
                left_out += chunk.left_out
        named = {place for place, _ in left_out}
        left_out += [(place, DROPPED_BY) for place in places if states[place] == DROPPED and place not in named]
        states = store.states()
        kept = torch.tensor([place for place in places if states[place] == WRITTEN], dtype=torch.int64)
        report(title, samples, len(places), left_out)
        size = store.bytes_of(kept)
        fits = size <= self.memory * free_memory()
        if not fits:
            log.info("%s: %.3g GiB stay in %s", title, size / 2**30, folder)
        return store.read(kept, fits)


def fingerprint(tokens: Sequence[Any]) -> str:
    """Of tokens, and of the size and time of each file that they name."""
    digest = blake2b(digest_size=16)
    for token in tokens:
        digest.update(repr(token).encode())
        for path in paths_of(token):
            digest.update(repr(stamp(path)).encode())
    return digest.hexdigest()


def stamp(path: Path) -> tuple[int, int] | None:
    """Size and time of change of a file; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def free_memory() -> int:
    """Bytes that this process may still take, by the system and by its control group."""
    known = Path("/proc/meminfo")
    lines = known.read_text().splitlines() if known.exists() else []
    free = [int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable")]
    if not free:
        free = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2]
    limit, used = Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")
    if limit.exists() and used.exists() and (text := limit.read_text().strip()) != "max":
        free.append(max(int(text) - int(used.read_text()), 0))
    return min(free)
