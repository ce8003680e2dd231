"""Worker processes that die or hang: the job ends with the sample that they were at."""

import re
from collections.abc import Callable, Iterator
from typing import TypeVar

import torch
from torch import Tensor
from torch.utils.data import DataLoader, get_worker_info

from ..core.compat import end_workers
from ..core.errors import InputError
from ..definitions.ragged import Ragged

Item = TypeVar("Item")
TIMED_OUT = "DataLoader timed out"  # beginnings of torch's messages
DIED = re.compile(r"DataLoader worker \(.*?\) (?:exited unexpectedly|is killed by signal: ([^.]*))")


class Places:
    """Where each worker is: shared memory, which the workers write and the main process reads."""

    def __init__(self, num_workers: int) -> None:
        self.steps: Tensor = torch.zeros(num_workers, 2, dtype=torch.int64).share_memory_()

    def enter(self, place: int) -> None:
        """Note in a worker that it has come to `place`; does nothing in the main process."""
        if (worker := get_worker_info()) is not None:
            self.steps[worker.id] += torch.tensor([0, 1])
            self.steps[worker.id, 0] = place

    def leave(self) -> None:
        """Note in a worker that it waits for work."""
        self.enter(-1)

    def now(self) -> list[int]:
        """Places of the workers that are at work."""
        return [place for place, count in self.steps.tolist() if count and place >= 0]


def share(item: Item) -> Item:
    """Move the tensors of a worker's item into shared memory; in the main process nothing is done.

    torch would do it while it sends the item: if the memory is full then, the item is lost, and all wait for it.
    """
    if get_worker_info() is not None:
        _share(item)
    return item


def _share(part: object) -> None:
    if isinstance(part, Tensor):
        part.share_memory_()
    elif isinstance(part, tuple | list | Ragged):
        for each in vars(part).values() if isinstance(part, Ragged) else part:
            _share(each)


def watched(loader: DataLoader[Item], places: Places, describe: Callable[[list[int]], str]) -> Iterator[Item]:
    """Items of a loader with workers that note their `places`.

    Its timeout is that of a worker which does not come to another place, however long an item takes. `describe` names
    places in a message: `sample 7 (7.png) of train`.

    Raises:
        InputError: a worker has died, or stays at a place for longer.
    """
    items = DataLoader.__iter__(loader)
    if not loader.num_workers:
        yield from items
        return
    before: Tensor | None = None
    while True:
        try:
            item = next(items)
        except StopIteration:
            return
        except (RuntimeError, OSError, EOFError) as error:
            if str(error).startswith(TIMED_OUT):
                if before is None or not torch.equal(before, places.steps):
                    before = places.steps.clone()
                    continue
                reason = f"has not gone on for {loader.timeout:g} s"
                remedy = "if it is only slow, raise data.timeout (0: no limit)"
            elif (died := DIED.match(str(error))) or _is_lost(error):
                reason = f"has died{f' ({died[1]})' if died and died[1] else ''}"
                remedy = "if it is sound, the memory may be too small for data.num_workers processes"
            else:
                raise
            at = describe(places.now())
            end_workers(items)
            raise InputError(f"A worker process {reason} at {at}: look at what is read there; {remedy}.") from error
        before = None
        yield item


def _is_lost(error: Exception) -> bool:
    """Whether the tensors of a worker could not be received; an error that it has raised itself begins with Caught."""
    return not isinstance(error, RuntimeError) and not str(error).startswith("Caught ")
