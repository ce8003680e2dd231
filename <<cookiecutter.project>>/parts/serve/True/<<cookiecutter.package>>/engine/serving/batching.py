"""Batching of concurrent requests in one thread."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Generic, Self, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Batcher(Generic[Item, Result]):
    """Context that passes submitted items to `function` in batches, and its results to their futures.

    A batch has up to `batch_size` items: those submitted within `max_wait` ms of the first, or during the call before.
    `function` returns one result for each item, in order. If a batch fails, its items are tried one by one, so that
    only the failing ones get an error.
    """

    def __init__(
        self, function: Callable[[Sequence[Item]], Sequence[Result]], batch_size: int, max_wait: float
    ) -> None:
        self.function, self.batch_size, self.max_wait = function, batch_size, max_wait / 1000
        self.queue: SimpleQueue[tuple[Item, Future[Result]] | None] = SimpleQueue()
        self.thread = Thread(target=self._work, name="batches", daemon=True)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Process the submitted items, then end the thread."""
        self.queue.put(None)
        self.thread.join()

    def submit(self, item: Item) -> "Future[Result]":
        """Submit an item; its future gets the result, or the error that `function` raised for it."""
        future: Future[Result] = Future()
        self.queue.put((item, future))
        return future

    def _work(self) -> None:
        ended = False
        while not ended:
            batch, ended = self._gather()
            # A cancelled future must not be set, and its item need not be processed.
            self._do([(item, future) for item, future in batch if future.set_running_or_notify_cancel()])

    def _gather(self) -> tuple[list[tuple[Item, Future[Result]]], bool]:
        """Wait for a batch; returns it, and whether it is the last."""
        batch: list[tuple[Item, Future[Result]]] = []
        deadline = float("inf")
        while len(batch) < self.batch_size:
            try:
                work = self.queue.get(timeout=max(0.0, deadline - time.monotonic()) if batch else None)
            except Empty:
                break
            if work is None:
                return batch, True
            if not batch:
                deadline = time.monotonic() + self.max_wait
            batch.append(work)
        return batch, False

    def _do(self, batch: Sequence[tuple[Item, Future[Result]]]) -> None:
        if not batch:
            return
        try:
            results = list(zip(batch, self.function([item for item, _ in batch]), strict=True))
        except Exception as error:
            if len(batch) > 1:
                for work in batch:
                    self._do([work])
            else:
                batch[0][1].set_exception(error)
        else:
            for (_, future), result in results:
                future.set_result(result)
