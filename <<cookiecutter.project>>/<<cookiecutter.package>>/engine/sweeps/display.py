"""What the driver of a sweep shows: a line for each start and end, and on a terminal a table of what runs."""

import time
from collections import Counter
from pathlib import Path

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from ..core.progress import duration
from .plan import ENDED, Plan, differences
from .results import Result, best_of

REFRESH = 0.5  # seconds


class Display:
    """Lines and table of a sweep of `count` jobs, `at_once` of which run at the same time."""

    def __init__(self, sweep: Path, plan: Plan, count: int, at_once: int) -> None:
        self.sweep, self.plan, self.count, self.at_once = sweep, plan, count, at_once
        self.running: dict[int, float] = {}  # jobs and their beginning, time.monotonic
        self.durations: list[float] = []  # of the jobs that have ended, in seconds
        self.results: list[Result] = []
        # Without the thread of Live: a fork would inherit its locks.
        self.live = Live(
            console=Console(), auto_refresh=False, transient=True, redirect_stdout=False, redirect_stderr=False
        )
        self.shown = 0.0

    def open(self, results: list[Result]) -> None:
        """Begin, with the results of an earlier driver."""
        self.results = results
        if self.live.console.is_terminal:
            self.live.start()

    def close(self) -> None:
        """Remove the table."""
        self.live.stop()

    def started(self, number: int, test: bool) -> None:
        """Say that a job, or its test, starts."""
        words = " ".join(differences(self.sweep, self.plan)[number]) or "as it is"
        self._line(f"job {number} of {self.count} {'is tested' if test else 'starts'}: {words}")
        self.running[number] = time.monotonic()

    def ended(self, number: int, results: list[Result], test: bool) -> None:
        """Say how a job, or its test, has ended."""
        self.results = results
        began, result = self.running.pop(number), results[number]
        if not test and result.state in ENDED:
            self.durations.append(time.monotonic() - began)
        scored = result.score is not None and not test and result.state in ("finished", "pruned")
        found = f", {self.plan.metric} {result.score:.4f}" if scored else ""
        reason = f": {result.error}" if result.state == "failed" else ""
        state = "stopped" if result.state == "waiting" else result.state
        self._line(f"job {number} {'tested' if test and state == 'finished' else state}{found}{reason}")

    def refresh(self) -> None:
        """Show the table as it is now, if it is old."""
        if self.live.is_started and time.monotonic() - self.shown > REFRESH:
            self.shown = time.monotonic()
            self.live.update(self._table(), refresh=True)

    def summary(self) -> str:
        """Jobs by state, the best so far and the time left."""
        states = Counter(result.state for result in self.results if result.number not in self.running)
        parts = [f"{states[state]} {state}" for state in ("finished", "failed", "pruned") if states[state]]
        parts.append(f"{len(self.running)} running")
        if (best := best_of(self.plan, self.results)) is not None:
            parts.append(f"best: job {best}, {self.plan.metric} {self.results[best].score:.4f}")
        if (left := self._left()) is not None:
            parts.append(f"about {duration(left)} left")
        return f"{sum(states[state] for state in ENDED)} of {self.count}: {', '.join(parts)}"

    def _left(self) -> float | None:
        """Seconds until the last job ends, if the others take as long as those before."""
        known = self.durations or [each.seconds for each in self.results if each.seconds and each.state in ENDED]
        if not known:
            return None
        ended = sum(each.state in ENDED for each in self.results if each.number not in self.running)
        spent = sum(time.monotonic() - began for began in self.running.values())
        return max(0.0, (self.count - ended) * sum(known) / len(known) - spent) / self.at_once

    def _table(self) -> Group:
        table = Table(box=None, pad_edge=False)
        for name in ("job", "seconds", "words"):
            table.add_column(name, no_wrap=True, justify="right" if name != "words" else "left")
        words = differences(self.sweep, self.plan)
        for number, began in sorted(self.running.items()):
            table.add_row(str(number), f"{time.monotonic() - began:.0f}", " ".join(words[number]))
        return Group(table, Text(self.summary(), no_wrap=True, overflow="ellipsis"))

    def _line(self, text: str) -> None:
        if self.live.is_started:
            self.live.console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            print(text, flush=True)
