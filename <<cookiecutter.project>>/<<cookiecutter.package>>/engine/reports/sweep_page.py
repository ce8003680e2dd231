"""Page of a sweep: its best job, which words matter, and the comparison of its jobs."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from ..sweeps.importance import importance
from ..sweeps.plan import Plan, job_folder, job_words
from ..sweeps.results import Result, best_of, is_number, short, table_of
from .comparison import write_comparison
from .content import Content
from .parallel_plot import parallel_coordinates
from .sweep_plots import importances, progress

PAGE = "comparison.html"
MOST_AXES = 10  # of the chart of all jobs


def write_sweep_page(sweep: Path, plan: Plan, results: Sequence[Result]) -> Path | None:
    """Write the page of a sweep to its folder, and return its path; None if no job has a score."""
    scored = [each for each in results if each.state in ("finished", "pruned") and is_number(each.score)]
    if not scored:
        return None
    parts: list[tuple[str, Content]] = []
    if (best := best_of(plan, results)) is not None:
        command = shlex.join(["python", "train.py", *job_words(sweep, plan, best)])
        parts.append(("Best job", f"Job {best}, {plan.metric} {results[best].score:.4f}. To train it again: {command}"))
    parts.append(("Jobs", [list(map(short, row)) for row in table_of(plan, results)]))
    if len(scored) > 2:
        parts.append(("Best score so far", progress(plan, scored)))
    weights = importance(plan, scored)
    if len(weights) > 1:
        parts.append((f"Importance for {plan.metric}", importances(weights)))
    if weights:
        keys = sorted(weights, key=lambda key: -weights[key])[:MOST_AXES]
        parts.append(("All jobs, a line each; the best are yellow", parallel_coordinates(plan, scored, keys)))
    folders = {f"job {each.number}": job_folder(sweep, each.number) for each in scored}
    write_comparison(folders, sweep / PAGE, f"Sweep {sweep.parent.name}, {sweep.name}", parts)
    return sweep / PAGE
