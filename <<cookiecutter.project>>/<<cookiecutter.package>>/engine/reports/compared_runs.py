"""Runs side by side: their configs, scores and names."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from ..checkpoints.runs import config_of, folder_of
from ..core.plain import Config, PlainData
from ..core.stored_config import choices_of, start_words
from .curves import History
from .evaluation import intervals_in, parameters_in, with_interval

UNIMPORTANT = ("output_dir", "resume", "name", "report", "test", "sweep", "search", "launcher")  # keys at the root
GROUPS = (
    "problem", "dataset", "transformer", "transformer/augment", "model", "network", "loss", "optimizer", "scheduler",
    "trainer", "callback", "logger", "data/cache", "data/split/filter", "experiment", "debug",
)  # fmt: skip

USUAL = ("none", "default")  # choices that no name says


class Run(NamedTuple):
    """Config of a run as values by path, the names of its choices, and its logged metrics."""

    folder: Path
    config: Config
    choices: Mapping[str, str]
    own: frozenset[str]
    """Paths that its command line sets."""
    history: History

    @classmethod
    def of(cls, run: Path) -> "Run":
        folder = folder_of(run)
        config = {
            name: value
            for name, value in flat(config_of(run, resolve=False)).items()
            if name.partition(".")[0] not in UNIMPORTANT
        }
        chosen = choices_of(folder)
        choices = {group: chosen[group] for group in GROUPS if group in chosen}
        return cls(folder, config, choices, frozenset(_words(folder)), History(folder))

    def scores(self) -> dict[str, float]:
        """Best value of the monitored validation metric, test metrics, and the seconds of training."""
        times, values = self.history.times(), [value for _, value in self.history.series(self.monitored)]
        values = [value for value in values if value == value]  # without NaN
        best = {self.monitored: max(values) if self.maximized else min(values)} if values else {}
        return best | self.history.tests() | ({"seconds": times["total"]} if "total" in times else {})

    def score_text(self, name: str, short: bool = False) -> str:
        """Score with its interval, where the run has rows of the samples; `short`: with fewer digits."""
        if (value := self.scores().get(name)) is None:
            return ""
        split, _, metric = name.partition("/")
        ends = _intervals(self.folder / split).get(metric)
        if short and ends:
            return f"{value:.3f} ({ends[0]:.3f}–{ends[1]:.3f})"
        return with_interval(float(value), ends)

    def size(self) -> dict[str, float]:
        """Number of the network's parameters, if it was recorded."""
        count = parameters_in(self.folder)
        return {} if count is None else {"parameters": float(count)}

    def value(self, path: str) -> str:
        """Choice of a group, or value of a config, as text."""
        found = self.choices.get(path, self.config.get(path))
        return found if isinstance(found, str) else json.dumps(found)

    @property
    def problem(self) -> str:
        """Problem that the run solves: runs of different ones have no scores in common."""
        return self.choices.get("problem") or self.monitored

    @property
    def monitored(self) -> str:
        """Name of the validation metric by which the best checkpoint is chosen."""
        return str(self.config.get("monitor.metric"))

    @property
    def test_of_monitored(self) -> str:
        """Test metric of the same name."""
        return self.monitored.replace("val/", "test/", 1)

    @property
    def maximized(self) -> bool:
        return self.config.get("monitor.mode") == "max"


@cache
def _intervals(folder: Path) -> dict[str, list[float]]:
    return intervals_in(folder)


def _words(folder: Path) -> list[str]:
    """Keys that the command line of a run has set."""
    return [word.lstrip("+~").partition("=")[0] for word in start_words(folder)]


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


def own_differences(runs: Mapping[str, Run]) -> list[str]:
    """Groups whose choices differ, and paths that differ and do not follow from such a choice, or that a command line
    sets.
    """
    groups = [group for group in GROUPS if len({run.choices.get(group) for run in runs.values()}) > 1]
    if len({run.choices.get("problem") for run in runs.values()}) > 1:
        groups = ["problem"]
    covered = tuple(f"{group.replace('/', '.')}." for group in groups)
    following = (*covered, "monitor.") if "problem" in groups else covered
    named_by_words = {path for run in runs.values() for path in run.own}
    values = [path for path in differences(runs) if path in named_by_words or not f"{path}.".startswith(following)]
    lacking = {path: sum(path not in run.config for run in runs.values()) for path in values}
    return [*groups, *sorted(values, key=lacking.__getitem__)]  # first what all runs have


def named(runs: Mapping[str, Run]) -> dict[str, str]:
    """Name for each run: its experiment and what it chose, `default · lenet, sgd`; with the values that differ, and
    then with its folder, where that is not enough.
    """
    special = own_differences(runs)
    groups = [path for path in special if path in GROUPS and path not in ("logger", "debug", "callback")]
    values = [path for path in special if path not in GROUPS]
    names = {
        name: _joined(
            _experiment(run.folder),
            [run.choices[group] for group in groups if run.choices.get(group, "none") not in USUAL],
        )
        for name, run in runs.items()
    }
    ways: list[Callable[[Run], list[str]]] = [
        lambda run: [f"{_last(path)}={run.value(path)}" for path in values if path in run.own or not run.own],
        lambda run: [_short(run.folder)],
    ]
    for further in ways:
        taken = list(names.values())
        names = {
            name: text if taken.count(text) == 1 else _joined(text, further(runs[name])) for name, text in names.items()
        }
    return names


def _joined(name: str, parts: Sequence[str]) -> str:
    return f"{name} · {', '.join(parts)}" if parts else name


def _last(path: str) -> str:
    return path.rpartition(".")[2]


def _experiment(folder: Path) -> str:
    """Name of the folder in logs/ in which a run lies."""
    if folder.parent.name == "jobs":
        return folder.parents[2].name
    return folder.parent.name


def _short(folder: Path) -> str:
    """Job of a sweep, or the random end of the name of a run folder with its time."""
    return f"job {int(folder.name)}" if folder.parent.name == "jobs" and folder.name.isdigit() else folder.name
