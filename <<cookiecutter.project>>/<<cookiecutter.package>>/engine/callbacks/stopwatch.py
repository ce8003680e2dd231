"""Time of each part of a training."""

import time

import torch

SAMPLED = 50  # on a GPU one step in 50 is synchronized and timed: doing so in each would slow down training


class Stopwatch:
    """Seconds by the name of a part.

    A GPU runs asynchronously: there only some steps are synchronized and timed, and their sum is scaled to all steps.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.parts: dict[str, float] = {}
        self.steps = self.timed_steps = 0
        self.synchronizes = self.timed = False
        self.last = 0.0

    def begin(self, device: torch.device) -> None:
        """Begin a step."""
        self.synchronizes = device.type == "cuda"
        self.timed = not self.synchronizes or self.steps % SAMPLED == 1  # not the first step, which is slower
        self.steps += 1
        if self.timed:
            self.timed_steps += 1
            self.last = self._now()

    def lap(self, part: str) -> None:
        """End a part of the step."""
        if self.timed:
            now = self._now()
            self.parts[part] = self.parts.get(part, 0.0) + now - self.last
            self.last = now

    def add(self, part: str, seconds: float) -> None:
        """Add the time of a part outside the steps."""
        self.seconds[part] = self.seconds.get(part, 0.0) + seconds

    def totals(self) -> dict[str, float]:
        """Seconds of each part so far."""
        share = self.steps / max(self.timed_steps, 1)
        return {part: seconds * share for part, seconds in self.parts.items()} | self.seconds

    def _now(self) -> float:
        if self.synchronizes:
            torch.cuda.synchronize()
        return time.perf_counter()
