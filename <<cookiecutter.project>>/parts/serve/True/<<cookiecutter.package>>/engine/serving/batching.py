"""What arrives together is done together, by one thread."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

Work = tuple[Any, "Future[Any]"]


class Batcher:
    """A context that hands what is submitted to `do`, up to `batch_size` at once: what comes within `max_wait` ms of
    the first, or while `do` was at work. `do` gives one result for each, in order.

    Where a batch fails, each of it is tried by itself, so that an error is that of its own alone.
    """

    def __init__(self, do: Callable[[Sequence[Any]], Sequence[Any]], batch_size: int, max_wait: float) -> None:
        self.do, self.batch_size, self.max_wait = do, batch_size, max_wait / 1000
        self.queue: SimpleQueue[Work | None] = SimpleQueue()
        self.thread = Thread(target=self._work, name="batches", daemon=True)

    def __enter__(self) -> "Batcher":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Ends after what was submitted before."""
        self.queue.put(None)
        self.thread.join()

    def submit(self, item: Any) -> "Future[Any]":
        """The result of one item, or the error that `do` raised for it."""
        future: Future[Any] = Future()
        self.queue.put((item, future))
        return future

    def _work(self) -> None:
        ended = False
        while not ended:
            held, ended = self._gather()
            # A request that was given up must not be set, and need not be done.
            self._do([(item, future) for item, future in held if future.set_running_or_notify_cancel()])

    def _gather(self) -> tuple[list[Work], bool]:
        """A batch, and whether it is the last."""
        held: list[Work] = []
        deadline = float("inf")
        while len(held) < self.batch_size:
            try:
                work = self.queue.get(timeout=max(0.0, deadline - time.monotonic()) if held else None)
            except Empty:
                break
            if work is None:
                return held, True
            if not held:
                deadline = time.monotonic() + self.max_wait
            held.append(work)
        return held, False

    def _do(self, held: Sequence[Work]) -> None:
        if not held:
            return
        try:
            results = list(zip(held, self.do([item for item, _ in held]), strict=True))
        except Exception as error:
            if len(held) > 1:
                for work in held:
                    self._do([work])
            else:
                held[0][1].set_exception(error)
        else:
            for (_, future), result in results:
                future.set_result(result)
