"""Runs to compare: those that differ only in the seed are one side; with the rows of their predictions."""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

from ..checkpoints.runs import folder_of
from ..core.errors import InputError
from ..core.stored_config import start_words
from ..datasets.dataset import SplitName
from ..definitions.row_metrics import Array, RowMetric
from ..inference.predictions import read
from ..sweeps.results import short
from .compared_runs import Run, by_validation, differences

NO_CONFIG = (
    "seed=", "name=", "test=", "output_dir=", "hydra.", "report=", "logger", "callback.pictures", "callback.pruning",
)  # fmt: skip
"""Beginnings of words that say nothing about what is trained."""


class Side(NamedTuple):
    """Runs of one config.

    Attributes:
        name: The folder of a single run, the number of several, and the words of its command line that others lack.
        columns: Of each metric, for each run, those of `RowMetric.columns`.
    """

    name: str
    columns: dict[str, list[Array]]

    @property
    def runs(self) -> int:
        """Number of runs."""
        return len(next(iter(self.columns.values())))

    def scores(self, metric: str, by: RowMetric) -> Array:
        """Value of a metric for each run."""
        return np.array([by.value(columns.sum(0)) for columns in self.columns[metric]])


class Sides(NamedTuple):
    """Sides to compare, the best by validation first.

    Attributes:
        metrics: Those that the rows give, by name.
        samples: Their number, the same for all.
        left_out: A sentence for each run that cannot be compared.
    """

    sides: list[Side]
    metrics: dict[str, RowMetric]
    samples: int
    left_out: list[str]


Rows = tuple[pl.DataFrame, dict[str, RowMetric]]


def sides_of(folders: Mapping[str, Path], split: SplitName) -> Sides:
    """Sides of runs that have rows of the same samples of a split; of several sets of samples that of the most runs.

    Raises:
        InputError: fewer than two configs are left.
    """
    rows, left_out = _rows(folders, split)
    if len(rows) < 2:
        found = f"found {len(rows)} with rows of {split} samples"
        raise InputError(" ".join([f"Two runs or more can be compared, {found}.", *left_out]))
    runs = by_validation({name: Run.of(folders[name]) for name in rows})
    special = [path for path in differences(runs) if path != "seed"]
    groups: dict[str, list[str]] = {}
    for name, run in runs.items():
        groups.setdefault(str([run.config.get(path) for path in special]), []).append(name)
    if len(groups) < 2:
        raise InputError(f"The {len(runs)} runs have one config, but for the seed: expected two configs to compare.")
    words = {name: _words(folders[name]) for name in runs}
    common = set.intersection(*map(set, words.values()))
    sides = []
    table, metrics = rows[next(iter(runs))]
    for names in groups.values():
        own = " ".join(word for word in words[names[0]] if word not in common)
        many = f"{len(names)} seeds" if len(names) > 1 else names[0]
        columns = {key: [metric.columns(rows[name][0]) for name in names] for key, metric in metrics.items()}
        sides.append(Side(f"{many} ({own})" if own else many, columns))
    return Sides(sides, metrics, len(table), left_out)


def _rows(folders: Mapping[str, Path], split: SplitName) -> tuple[dict[str, Rows], list[str]]:
    """Rows of the runs that have the same samples and metrics, and sentences about the others."""
    rows, left_out = {}, []
    for name, folder in folders.items():
        if (path := _table(folder, split)) is None:
            left_out.append(
                f"{folder} has no rows of {split} samples (`python evaluate.py run=… split={split}` writes them)."
            )
            continue
        evaluated = read(path)
        rows[name] = evaluated.table.sort("id"), evaluated.definition.presentation().row_metrics()
    kinds = {name: (tuple(table["id"]), tuple(metrics)) for name, (table, metrics) in rows.items()}
    if kinds:
        ((most, _),) = Counter(kinds.values()).most_common(1)
        for name in [name for name, kind in kinds.items() if kind != most]:
            del rows[name]
            left_out.append(
                f"{folders[name]} has other {split} samples or metrics than most (those of val depend on the seed)."
            )
    return rows, left_out


def _table(run: Path, split: SplitName) -> Path | None:
    """Rows of a split: those of the training, or of the only evaluation."""
    folder = folder_of(run)
    if (path := folder / split / "predictions.parquet").is_file():
        return path
    paths: Sequence[Path] = list(folder.glob(f"evaluate/*-{split}/predictions.parquet"))
    return paths[0] if len(paths) == 1 else None


def _words(run: Path) -> list[str]:
    """Words about the config, of the command that has started a run."""
    return [_short(word) for word in start_words(folder_of(run)) if not word.lstrip("+~").startswith(NO_CONFIG)]


def _short(word: str) -> str:
    key, _, value = word.partition("=")
    return f"{key}={short(value)}" if value else word
