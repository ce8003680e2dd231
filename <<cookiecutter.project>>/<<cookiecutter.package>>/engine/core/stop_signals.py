"""Signals that ask a run to stop at its next safe point."""

import logging
import signal
import threading
from collections.abc import Sequence
from types import FrameType
from typing import Any

from .slurm import job_id

log = logging.getLogger(__name__)


class StopSignals:
    """Note SIGTERM, the first Ctrl-C and, in a job of SLURM, SIGUSR1, instead of what they do otherwise.

    A second Ctrl-C raises KeyboardInterrupt. `received`: the signal that came first.
    """

    def __init__(self) -> None:
        self.received: signal.Signals | None = None
        self.handlers: dict[signal.Signals, Any] = {}

    def listen(self) -> None:
        """Replace the handlers, in the main thread of a process."""
        if threading.current_thread() is not threading.main_thread() or self.handlers:
            return
        for number in _signals():
            self.handlers[number] = signal.signal(number, self._note)

    def restore(self) -> None:
        """Put the handlers back."""
        for number, handler in self.handlers.items():
            signal.signal(number, handler)
        self.handlers = {}

    def _note(self, number: int, frame: FrameType | None) -> None:
        if number == signal.SIGINT and self.received is not None:
            raise KeyboardInterrupt
        if self.received is None:
            self.received = signal.Signals(number)
            again = "; Ctrl-C again stops it at once" if number == signal.SIGINT else ""
            log.warning("%s: the run is saved after this batch, and stops%s.", self.received.name, again)


def _signals() -> Sequence[signal.Signals]:
    usual = [signal.SIGTERM, signal.SIGINT]
    return usual if job_id() is None else [*usual, signal.SIGUSR1]
