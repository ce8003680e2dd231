"""Report page of one run, from the files in its folder."""

import json
from collections.abc import Mapping
from pathlib import Path

import yaml

from ..core.files import atomic_write
from ..core.plain import Config, PlainData
from ..inference.predictions import read
from .curves import History, curves, parts_of_time
from .evaluation import METRICS, numbers
from .page import Content, Text, page

ERRORS = {"worst": "The test samples of the greatest loss"}
SAMPLES = {
    "samples_raw": "Training samples, as the dataset has them",
    "samples": "Training samples, as the network sees them",
    "predictions_before_train": "Training samples, predictions before training",
    "predictions_before_val": "Validation samples, predictions before training",
    "predictions_after_train": "Training samples, predictions after training",
    "predictions_after_val": "Validation samples, predictions after training",
}


def write_page(folder: Path) -> Path:
    """Write `folder`/report.html from the files that exist, and return its path."""
    history = History(folder)
    parts: list[tuple[str, Content]] = [("Result", _facts(folder, history))]
    if (figure := curves({folder.name: history}, steps=True)) is not None:
        parts.append(("Curves", figure))
    parts += _pictures(folder, ERRORS)
    parts += [(name.replace("_", " ").capitalize(), chart) for name, chart in _charts(folder).items()]
    parts += _classes(folder / "test" / METRICS)
    parts += _pictures(folder, SAMPLES)
    if times := history.times():
        parts.append(("Time of the training by part", parts_of_time(times)))
    parts += [(title, Text(path.read_text())) for title, path in _texts(folder).items() if path.is_file()]
    path = folder / "report.html"
    with atomic_write(path) as new:
        new.write_text(page(f"Run {folder.name}", parts), encoding="utf-8")
    return path


def _texts(folder: Path) -> dict[str, Path]:
    return {
        "Config": folder / ".hydra" / "config.yaml",
        "Environment": folder / "reproduce.yaml",
        "Code that differs from the commit": folder / "changes.diff",
    }


def _charts(folder: Path) -> Mapping[str, Content]:
    """Charts by name, as saved by the training, or else drawn from the stored predictions."""
    drawn = {path.stem: path for path in sorted((folder / "pictures").glob("*.png"))}
    charts = {name: path for name, path in drawn.items() if name not in {**ERRORS, **SAMPLES}}
    stored = folder / "test" / "predictions.parquet"
    if charts or not stored.is_file():
        return charts
    evaluated = read(stored)
    return evaluated.definition.presentation().charts(evaluated.table)


def _pictures(folder: Path, titles: Mapping[str, str]) -> list[tuple[str, Content]]:
    paths = {title: folder / "pictures" / f"{name}.png" for name, title in titles.items()}
    return [(title, path) for title, path in paths.items() if path.is_file()]


def _facts(folder: Path, history: History) -> Content:
    rows = [[name, f"{value:.4f}"] for name, value in history.tests().items()]
    path = folder / "test" / METRICS
    if path.is_file():
        known = {name.removeprefix("test/") for name in history.tests()}
        metrics = numbers(json.loads(path.read_text()))
        rows += [[name.replace("_", " "), _cell(value)] for name, value in metrics.items() if name not in known]
    if ends := history.series("train/loss", "epoch"):
        rows.append(["epochs", str(int(ends[-1][1]) + 1)])
    if total := history.times().get("total"):
        rows.append(["training", f"{total:.1f} s"])
    rows += [[name, str(value)] for name, value in last_record(folder).items() if name in RECORDED]
    return [["", ""], *rows]


RECORDED = ("time", "command", "commit", "changes", "seed", "device", "python")


def records(folder: Path) -> list[PlainData]:
    """Entries of reproduce.yaml, one for each start of a run; none if there is no such file."""
    path = folder / "reproduce.yaml"
    entries: list[PlainData] = yaml.safe_load(path.read_text()) if path.is_file() else []
    return entries


def last_record(folder: Path) -> PlainData:
    """Last entry of reproduce.yaml; empty if there is no such file."""
    entries = records(folder)
    return entries[-1] if entries else {}


def _classes(path: Path) -> list[tuple[str, Content]]:
    """Table with a row for each class, if the metrics have classes."""
    each: Mapping[str, Config] = json.loads(path.read_text()).get("classes", {}) if path.is_file() else {}
    if not each:
        return []
    head = list(next(iter(each.values())))
    rows = [[name, *(_cell(facts[metric]) for metric in head)] for name, facts in each.items()]
    return [("Classes", [["class", *(metric.replace("_", " ") for metric in head)], *rows])]


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:.4f}"
