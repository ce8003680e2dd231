"""Shards: safetensors files of prepared samples, memory-mapped a few at a time."""

from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from safetensors import safe_open
from torch import Tensor
from torch.utils.data import get_worker_info

from .shard_store import Shard, Store


class Shards:
    """Memory-mapped tensors of the shards of a split, and copies of those that come next.

    `plan` is the order in which they will be read. While one is read, the `window` after it are copied.
    """

    def __init__(self, store: Store, shards: Sequence[Shard], window: int) -> None:
        self.store, self.shards, self.window = store, shards, window
        self.plan: list[int] = []
        self.mapped: OrderedDict[int, dict[str, Tensor]] = OrderedDict()
        self.threads: ThreadPoolExecutor | None = None

    def tensors(self, number: int) -> dict[str, Tensor]:
        """Tensors of a shard, by name."""
        if number not in self.mapped:
            self._copy_next(number)
            self.mapped[number] = self._map(self.shards[number])
            while len(self.mapped) > self.window:
                self.mapped.popitem(last=False)
        self.mapped.move_to_end(number)
        return self.mapped[number]

    def _map(self, shard: Shard) -> dict[str, Tensor]:
        while True:
            path = self.store.fetch(shard)
            try:
                with safe_open(path, framework="pt") as file:
                    return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            except FileNotFoundError:  # another process needed its room: fetch it again
                continue

    def _copy_next(self, number: int) -> None:
        if self.store.is_local or number not in self.plan or get_worker_info() is not None:
            return
        if self.threads is None:
            self.threads = ThreadPoolExecutor(4)
        place = self.plan.index(number) + 1
        for following in self.plan[place : place + self.window]:
            if following not in self.mapped:
                self.threads.submit(self.store.fetch, self.shards[following])  # an error comes when it is read
