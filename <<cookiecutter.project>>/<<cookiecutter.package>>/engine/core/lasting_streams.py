"""Output to a reader that may go away, like `head`: it then goes nowhere, and the work goes on."""

import os
import sys
from typing import Any


class LastingStream:
    """Stream whose reader may go away."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def write(self, text: str) -> int:
        try:
            return int(self.stream.write(text))
        except BrokenPipeError:
            self._mute()
            return len(text)

    def flush(self) -> None:
        try:
            self.stream.flush()
        except BrokenPipeError:
            self._mute()

    def _mute(self) -> None:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self.stream.fileno())  # what is still buffered goes there too
        os.close(nowhere)


def keep_streams() -> None:
    """Let output and errors of this process survive their reader."""
    if sys.stdout is sys.__stdout__ and sys.stdout is not None:
        sys.stdout = LastingStream(sys.stdout)
    if sys.stderr is sys.__stderr__ and sys.stderr is not None:
        sys.stderr = LastingStream(sys.stderr)
