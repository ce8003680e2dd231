"""Comparison of several runs on one page."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean, stdev

from matplotlib.figure import Figure

from ..core.files import atomic_write
from .compared_runs import Run, by_validation, differences, named, own_differences
from .content import Chart, Content, Link, Table
from .curve_plots import against, compared_curves
from .curves import curves
from .page import page

MOST_CURVES = 10
OPTIMISTIC = (
    "{count} runs were tested. The first was chosen by its validation score, so its test score is a fair estimate; the "
    "best of {count} by test would be optimistic."
)


def over_seeds(runs: Mapping[str, Run]) -> list[list[str]]:
    """Table of runs that differ only in the seed: differing values, number of seeds, mean ± sample standard deviation
    of each score. Runs without a partner have no row.
    """
    groups: dict[str, list[Run]] = {}
    special = [name for name in own_differences(runs) if name != "seed"]
    paths = [name for name in differences(runs) if name != "seed"]
    titles: dict[str, str] = {}
    for run in runs.values():
        key = str([run.config.get(path) for path in paths])
        titles[key] = ", ".join(f"{name}={run.value(name)}" for name in special) or "all"
        groups.setdefault(key, []).append(run)
    names = _score_names(runs)
    rows = []
    for key, members in groups.items():
        values = [[score for run in members if (score := run.scores().get(name)) is not None] for name in names]
        if (seeds := len({run.config.get("seed") for run in members})) > 1:
            rows.append([titles[key], str(seeds), *map(_spread, values)])
    table = [["runs", "seeds", *names], *rows]
    filled = [place for place in range(len(table[0])) if any(row[place] for row in rows)]
    return [[row[place] for place in filled] for row in table] if rows else []


def _spread(values: Sequence[float]) -> str:
    return f"{mean(values):.4f} ± {stdev(values):.4f}" if len(values) > 1 else ""


def _score_names(runs: Mapping[str, Run]) -> list[str]:
    return list(dict.fromkeys(score for run in runs.values() for score in run.scores()))


def _tables(runs: Mapping[str, Run], page_folder: Path) -> tuple[list[list[str]], Table]:
    """Table of runs for a terminal, and for the page with links: the monitored score and its test score with intervals,
    what differs, other scores; the best first.
    """
    special, names, scores = own_differences(runs), named(runs), _score_names(runs)
    monitored = dict.fromkeys(name for run in runs.values() for name in (run.monitored, run.test_of_monitored))
    first = [name for name in monitored if name in scores]
    others = [name for name in scores if name not in first]
    head = ["run", *first, *special, *others]

    def cells(run: Run, short: bool) -> list[str]:
        own = [run.value(path) for path in special]
        return [run.score_text(name, short) for name in first] + own + [run.score_text(name) for name in others]

    text = [[names[name], *cells(run, short=True)] for name, run in runs.items()]
    linked: list[list[str | Link]] = []
    for place, (name, run) in enumerate(runs.items()):
        shown = f"★ {names[name]}" if place == 0 and len(runs) > 1 else names[name]
        linked.append([_link(shown, run.folder / "report.html", page_folder), *cells(run, short=False)])
    return [head, *text], [head, *linked]


def _link(text: str, target: Path, page_folder: Path) -> str | Link:
    if not target.is_file():
        return text
    return Link(text, os.path.relpath(target.resolve(), page_folder.resolve()).replace(os.sep, "/"))


def _against(runs: Mapping[str, Run], names: Mapping[str, str]) -> Chart | None:
    """Monitored score over the seconds of training, and over the number of parameters."""
    plots = []
    metric = next(iter(runs.values())).monitored
    for x, title in (("seconds", "Score against time"), ("parameters", "Score against size")):
        rows = [
            {"run": names[name], x: scores[x], metric.replace("/", " "): scores[metric]}
            for name, run in runs.items()
            if {x, metric} <= (scores := {**run.scores(), **run.size()}).keys()
        ]
        if len({row[x] for row in rows}) > 1:
            plots.append(against(rows, x, metric.replace("/", " "), title))
    return Chart(plots, lambda: _drawn(runs, metric)) if plots else None


def _drawn(runs: Mapping[str, Run], metric: str) -> Figure:
    figure = Figure(figsize=(6, 4.5), layout="constrained")
    axis = figure.subplots()
    for run in runs.values():
        if {"seconds", metric} <= (scores := run.scores()).keys():
            axis.plot(scores["seconds"], scores[metric], "o", color="C0")
    axis.set(xlabel="seconds of training", ylabel=metric)
    axis.grid(alpha=0.3)
    return figure


def write_comparison(
    folders: Mapping[str, Path], path: Path, title: str = "", first: Sequence[tuple[str, Content]] = ()
) -> list[list[str]]:
    """Write the page to `path`, and return its table of runs, the most useful columns first.

    Runs of different problems have a table each; the one with the most runs is returned. `first`: parts of the page
    instead of these tables.
    """
    groups: dict[str, dict[str, Run]] = {}
    for name, folder in folders.items():
        run = Run.of(folder)
        groups.setdefault(run.problem, {})[name] = run
    parts, tables = list(first), []
    for problem, members in sorted(groups.items(), key=lambda item: -len(item[1])):
        runs = by_validation(members)
        suffix = f" ({problem})" if len(groups) > 1 else ""
        text, table = _tables(runs, path.parent)
        tables.append(text)
        parts += [] if first else [(f"Runs by their validation score{suffix}", table)]
        parts += _further(runs, suffix)
    title = title or f"Comparison of {len(folders)} runs"
    with atomic_write(path) as new:
        new.write_text(page(title, parts), encoding="utf-8")
    return tables[0]


def _further(runs: Mapping[str, Run], suffix: str) -> list[tuple[str, Content]]:
    parts: list[tuple[str, Content]] = []
    tested = sum(bool(run.history.tests()) for run in runs.values())
    if tested > 1:
        parts.append((f"Choices and test samples{suffix}", OPTIMISTIC.format(count=tested)))
    if rows := over_seeds(runs):
        parts.append((f"Mean and deviation over seeds{suffix}", rows))
    if (chart := _against(runs, names := named(runs))) is not None:
        parts.append((f"Score against cost{suffix}", chart))
    some = {names[name]: run.history for name, run in list(runs.items())[:MOST_CURVES]}
    metrics = list(
        dict.fromkeys(name.removeprefix("val/") for run in runs.values() for name in ("val/loss", run.monitored))
    )
    if plots := compared_curves(some, metrics):
        which = "all" if len(some) == len(runs) else f"the best {len(some)}"
        parts.append((f"Curves of {which}{suffix}", Chart(plots, lambda: curves(some))))
    return parts
