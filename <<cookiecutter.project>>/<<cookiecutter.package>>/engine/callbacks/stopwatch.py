"""Where the time of a training goes."""

import time

import torch

SAMPLED = 50  # on a GPU one step in so many is waited for: waiting for each would slow down all


class Stopwatch:
    """Seconds by the name of a part. A GPU works while Python goes on, so there the parts of a step are taken from some
    steps, for which it waits, and stand for all.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.parts: dict[str, float] = {}
        self.steps = self.looked_at = 0
        self.waits = self.looks = False
        self.last = 0.0

    def begin(self, device: torch.device) -> None:
        """A step begins."""
        self.waits = device.type == "cuda"
        self.looks = not self.waits or self.steps % SAMPLED == 1  # the first step is like no other
        self.steps += 1
        if self.looks:
            self.looked_at += 1
            self.last = self._now()

    def lap(self, part: str) -> None:
        """A part of the step ends."""
        if self.looks:
            now = self._now()
            self.parts[part] = self.parts.get(part, 0.0) + now - self.last
            self.last = now

    def add(self, part: str, seconds: float) -> None:
        """Beside the steps."""
        self.seconds[part] = self.seconds.get(part, 0.0) + seconds

    def totals(self) -> dict[str, float]:
        """All parts."""
        share = self.steps / max(self.looked_at, 1)
        return {part: seconds * share for part, seconds in self.parts.items()} | self.seconds

    def _now(self) -> float:
        if self.waits:
            torch.cuda.synchronize()
        return time.perf_counter()
