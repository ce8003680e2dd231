"""End of a run that was asked to stop, after it was saved."""

from signal import Signals


class Stop(SystemExit):
    """A run was saved and stops by a signal; the exit status is 128 + its number."""

    def __init__(self, signal: Signals) -> None:
        super().__init__(128 + signal)
        self.signal = signal


class TimeLimitError(Exception):
    """A run was saved and stops because its `max_time` is over."""
