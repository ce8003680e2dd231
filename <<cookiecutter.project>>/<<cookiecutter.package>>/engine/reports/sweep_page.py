"""Page of a sweep: its best job, which words matter, and the comparison of its jobs."""

import shlex
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from ..sweeps.importance import importance, scaled, values_of
from ..sweeps.plan import Plan, job_folder, job_words
from ..sweeps.results import Result, best_of, is_number, short, table_of
from .comparison import write_comparison
from .content import Content
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


def parallel_coordinates(plan: Plan, results: Sequence[Result], keys: Sequence[str]) -> Figure:
    """Chart with an axis for each key and one for the score, and a line for each job, in the colour of its score."""
    scores = np.array([result.score for result in results], float)
    columns = [values_of(plan, results, key) for key in keys]
    figure = Figure(figsize=(12, 4.5), layout="constrained")
    axis = figure.subplots()
    places = np.stack([*(column.places for column in columns), scaled(scores)])
    colours = colormaps["viridis"]
    better = scores if plan.mode == "max" else -scores
    for index in np.argsort(better):
        axis.plot(places[:, index], color=colours(Normalize(better.min(), better.max() or 1)(better[index])), alpha=0.7)
    for number, column in enumerate(columns):
        for place, text in column.ticks:
            axis.annotate(text, (number, place), fontsize=9, xytext=(3, 0), textcoords="offset points")
    for value in (scores.min(), scores.max()):
        place = float(scaled(scores)[list(scores).index(value)])
        axis.annotate(short(str(value)), (len(keys), place), fontsize=9, xytext=(3, 0), textcoords="offset points")
    for number in range(len(keys) + 1):
        axis.axvline(number, color="gray", linewidth=0.8)
    axis.set(xlim=(-0.1, len(keys) + 0.35), ylim=(-0.05, 1.05), yticks=[])
    names = [f"{key} (log)" if column.log else key for key, column in zip(keys, columns, strict=True)]
    axis.set_xticks(range(len(keys) + 1), [*names, plan.metric])
    for side in axis.spines.values():
        side.set_visible(False)
    return figure
