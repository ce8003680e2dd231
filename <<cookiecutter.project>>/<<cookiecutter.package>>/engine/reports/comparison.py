"""Comparison of several runs on one page."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import NamedTuple

from matplotlib.figure import Figure

from ..checkpoints.runs import config_of, folder_of
from ..core.files import atomic_write
from ..core.plain import Config, PlainData
from .curves import History, curves
from .page import Content, page

UNIMPORTANT = ("output_dir", "resume", "name", "report", "test", "sweep", "search", "launcher")  # keys at the root
MOST_CURVES = 20


class Run(NamedTuple):
    """Config of a run as values by path, and its logged metrics."""

    config: Config
    history: History

    @classmethod
    def of(cls, folder: Path) -> "Run":
        config = {
            name: value
            for name, value in flat(config_of(folder, resolve=False)).items()
            if name.partition(".")[0] not in UNIMPORTANT
        }
        return cls(config, History(folder_of(folder)))

    def scores(self) -> dict[str, float]:
        """Best value of the monitored validation metric, test metrics, and the seconds of training."""
        times, values = self.history.times(), [value for _, value in self.history.series(self.monitored)]
        values = [value for value in values if value == value]  # without NaN
        best = {self.monitored: max(values) if self.maximized else min(values)} if values else {}
        return best | self.history.tests() | ({"seconds": times["total"]} if "total" in times else {})

    @property
    def monitored(self) -> str:
        """Name of the validation metric by which the best checkpoint is chosen."""
        return str(self.config.get("monitor.metric"))

    @property
    def maximized(self) -> bool:
        return self.config.get("monitor.mode") == "max"


def by_validation(runs: Mapping[str, Run]) -> dict[str, Run]:
    """Runs by their monitored validation score, the best first; as they are if they monitor different metrics."""

    def place(name: str) -> tuple[bool, float]:
        run = runs[name]
        score = run.scores().get(run.monitored)
        return score is None, (-score if run.maximized else score) if score is not None else 0.0

    same = len({(run.monitored, run.maximized) for run in runs.values()}) == 1
    return {name: runs[name] for name in (sorted(runs, key=place) if same else runs)}


def flat(config: object, path: str = "") -> PlainData:
    """Values of a nested config by their path, like `optimizer.lr`."""
    if not isinstance(config, Mapping) or not config:
        return {path: config}
    values: PlainData = {}
    for name, value in config.items():
        values |= flat(value, f"{path}.{name}".lstrip("."))
    return values


def differences(runs: Mapping[str, Run]) -> list[str]:
    """Paths at which the configs of the runs differ."""
    names = dict.fromkeys(name for run in runs.values() for name in run.config)
    return [name for name in names if len({json.dumps(run.config.get(name)) for run in runs.values()}) > 1]


def over_seeds(runs: Mapping[str, Run]) -> list[list[str]]:
    """Table of runs that differ only in the seed: differing values, number of seeds, mean ± sample standard deviation
    of each score. Runs without a partner have no row.
    """
    groups: dict[str, list[Run]] = {}
    special = [name for name in differences(runs) if name != "seed"]
    for run in runs.values():
        key = ", ".join(f"{name}={_cell(run.config.get(name))}" for name in special) or "all"
        groups.setdefault(key, []).append(run)
    names = _score_names(runs)
    rows = []
    for key, members in groups.items():
        values = [[score for run in members if (score := run.scores().get(name)) is not None] for name in names]
        if len(members) > 1:
            rows.append([key, str(len({run.config.get("seed") for run in members})), *map(_spread, values)])
    return [["runs", "seeds", *names], *rows] if rows else []


def _spread(values: Sequence[float]) -> str:
    return f"{mean(values):.4f} ± {stdev(values):.4f}" if len(values) > 1 else ""


def _score_names(runs: Mapping[str, Run]) -> list[str]:
    return list(dict.fromkeys(score for run in runs.values() for score in run.scores()))


def _cell(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _table(runs: Mapping[str, Run], special: Sequence[str]) -> list[list[str]]:
    scores = _score_names(runs)
    head = ["run", *scores, *special]
    rows = [
        [
            name,
            *(f"{run.scores()[score]:.4f}" if score in run.scores() else "" for score in scores),
            *(_cell(run.config.get(path)) for path in special),
        ]
        for name, run in runs.items()
    ]
    return [head, *rows]


def _by_usefulness(table: Sequence[Sequence[str]], runs: Mapping[str, Run], special: Sequence[str]) -> list[list[str]]:
    """Table with its columns in the order of their use at a terminal: the run, the monitored score and its test score,
    what differs (first what all runs have), other scores.
    """
    monitored = [name for run in runs.values() for name in (run.monitored, run.monitored.replace("val/", "test/", 1))]
    lacking = {path: sum(path not in run.config for run in runs.values()) for path in special}

    def rank(name: str) -> tuple[int, int]:
        if name in lacking:
            return 2, lacking[name]
        return (0 if name == "run" else 1 if name in monitored else 3), 0 if name not in monitored else monitored.index(
            name
        )

    order = sorted(range(len(table[0])), key=lambda index: rank(table[0][index]))
    return [[row[index] for index in order] for row in table]


def _against_time(runs: Mapping[str, Run]) -> Figure | None:
    """Test metrics over the seconds of training, one point per run."""
    timed = {name: run.scores() for name, run in runs.items() if "seconds" in run.scores()}
    counts = Counter(name for scores in timed.values() for name in scores)
    metrics = [metric for metric in _score_names(runs) if metric != "seconds" and counts[metric] > 1]
    if not timed or not metrics:
        return None
    figure = Figure(figsize=(6 * len(metrics), 4.5), layout="constrained")
    for axis, metric in zip(figure.subplots(1, len(metrics), squeeze=False)[0], metrics, strict=True):
        for number, (name, scores) in enumerate(timed.items()):
            if metric in scores:
                axis.plot(scores["seconds"], scores[metric], "o", color=f"C{number % 10}", label=name)
        axis.set(xlabel="seconds of training", ylabel=metric)
        axis.grid(alpha=0.3)
    handles, labels = figure.axes[0].get_legend_handles_labels()
    if len(labels) <= MOST_CURVES:
        figure.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=9)
    return figure


def write_comparison(
    folders: Mapping[str, Path], path: Path, title: str = "Comparison", first: Sequence[tuple[str, Content]] = ()
) -> list[list[str]]:
    """Write the page to `path`, and return its table of runs, the most useful columns first.

    `first`: parts of the page instead of this table.
    """
    runs = by_validation({name: Run.of(folder) for name, folder in folders.items()})
    special = differences(runs)
    table = _table(runs, special)
    parts = list(first) or [(f"{len(runs)} runs: scores, and differences of their configs", table)]
    if rows := over_seeds(runs):
        parts.append(("Mean and deviation over seeds", rows))
    if (figure := _against_time(runs)) is not None:
        parts.append(("Scores against time", figure))
    some = dict(list(runs.items())[:MOST_CURVES])
    if (figure := curves({name: run.history for name, run in some.items()})) is not None:
        parts.append((f"Curves of {'all' if len(some) == len(runs) else 'the first'} {len(some)}", figure))
    with atomic_write(path) as new:
        new.write_text(page(title, parts), encoding="utf-8")
    return _by_usefulness(table, runs, special)
