"""Report page of one run, from the files in its folder."""

import json
from collections.abc import Mapping
from pathlib import Path

from ..core.files import atomic_write
from ..core.plain import Config, PlainData
from ..inference.predictions import read
from .content import Card, Chart, Content, Gallery, Matrix, Text
from .curve_plots import run_curves, times_plot
from .curves import curves, parts_of_time
from .page import page
from .run_facts import RunFacts, last_record

GALLERY = "worst.json"  # in test/
MOST_CLASSES = 30  # of a matrix with a number in each cell
SAMPLES = {
    "samples_raw": "Training samples, as the dataset has them",
    "samples": "Training samples, as the network sees them",
    "predictions_before_train": "Training samples, predictions before training",
    "predictions_before_val": "Validation samples, predictions before training",
    "predictions_after_train": "Training samples, predictions after training",
    "predictions_after_val": "Validation samples, predictions after training",
}
WORST = "The test samples of the greatest loss"


def write_page(folder: Path) -> Path:
    """Write `folder`/report.html from the files that exist, and return its path."""
    facts = RunFacts(folder)
    parts: list[tuple[str, Content]] = [("Result", _result(facts))]
    if plots := run_curves(facts.history, facts.best_epoch):
        parts.append(("Curves", Chart(plots, lambda: curves({folder.name: facts.history}, steps=True))))
    gallery = _gallery(folder / "test" / GALLERY)
    parts += _matrix(facts.tested, gallery)
    parts += [("Worst samples", gallery)] if gallery else _pictures(folder, {"worst": WORST})
    parts += _charts(folder, has_matrix=any(name == "Confusion matrix" for name, _ in parts))
    parts += _classes(facts.tested)
    parts += _pictures(folder, SAMPLES)
    if times := facts.history.times():
        parts.append(("Time of the training by part", Chart([times_plot(times)], lambda: parts_of_time(times))))
    parts += [(title, Text(path.read_text())) for title, path in _texts(folder).items() if path.is_file()]
    path = folder / "report.html"
    with atomic_write(path) as new:
        new.write_text(page(facts.title(), parts, facts.tiles(), facts.lead()), encoding="utf-8")
    return path


def _texts(folder: Path) -> dict[str, Path]:
    return {
        "Config": folder / ".hydra" / "config.yaml",
        "Environment": folder / "reproduce.yaml",
        "Code that differs from the commit": folder / "changes.diff",
    }


def _charts(folder: Path, has_matrix: bool) -> list[tuple[str, Content]]:
    """Plots of the test predictions; charts that are not among them as saved by the training, or else drawn."""
    drawn: Mapping[str, Content] = {path.stem: path for path in sorted((folder / "pictures").glob("*.png"))}
    charts = {name: path for name, path in drawn.items() if name not in {"worst", *SAMPLES}}
    stored = folder / "test" / "predictions.parquet"
    plots: dict[str, Content] = {}
    if stored.is_file():
        evaluated = read(stored)
        presentation = evaluated.definition.presentation()
        figures = {} if charts else presentation.charts(evaluated.table)
        charts = {**charts, **figures}
        for name, found in presentation.plots(evaluated.table).items():
            plots[name] = Chart(found, lambda name=name: presentation.charts(evaluated.table).get(name))
    if has_matrix:
        charts = {name: chart for name, chart in charts.items() if name != "confusion_matrix"}
    return [(name.replace("_", " ").capitalize(), plots.get(name, chart)) for name, chart in charts.items()]


def _pictures(folder: Path, titles: Mapping[str, str]) -> list[tuple[str, Content]]:
    paths = {title: folder / "pictures" / f"{name}.png" for name, title in titles.items()}
    there = {title: path.read_bytes() for title, path in paths.items() if path.is_file()}
    later = list(there.values())
    # Of equal pictures (samples that the network sees as they are) the last is shown.
    return [(title, paths[title]) for place, title in enumerate(there) if later[place] not in later[place + 1 :]]


def _gallery(path: Path) -> Gallery | None:
    samples: list[PlainData] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    cards = []
    for sample in samples:
        sure = sample.get("probability")
        facts = [f"sample {sample['id']}, loss {sample['loss']:.3g}", *([] if sure is None else [f"{sure:.1%} sure"])]
        facts += [str(sample["path"])] if sample.get("path") else []
        picture = bytes.fromhex(sample["picture"]) if "picture" in sample else None
        cards.append(Card(picture, sample.get("text", ""), sample["target"], sample["prediction"], facts))
    return Gallery(cards) if cards else None


def _matrix(metrics: Config, gallery: Gallery | None) -> list[tuple[str, Content]]:
    counts, classes = metrics.get("confusion_matrix"), list(metrics.get("classes", {}))
    if not counts or len(classes) > MOST_CLASSES:
        return []
    shown = frozenset((card.target, card.prediction) for card in (gallery.cards if gallery else ()))
    return [("Confusion matrix", Matrix(classes, counts, shown))]


def _result(facts: RunFacts) -> Content:
    rows = [[f"test {name}".replace("_", " "), value] for name, value in facts.scores.items()]
    rows += [[name, str(value)] for name, value in last_record(facts.folder).items() if name in RECORDED]
    return [["", ""], *rows]


RECORDED = ("time", "command", "commit", "changes", "seed", "device", "python")


def _classes(metrics: Config) -> list[tuple[str, Content]]:
    """Table with a row for each class and one for their mean, if the metrics have classes."""
    each: Mapping[str, Config] = metrics.get("classes", {})
    if not each:
        return []
    head = list(next(iter(each.values())))
    rows = [[name, *(_cell(facts[metric]) for metric in head)] for name, facts in each.items()]
    mean = metrics.get("mean_of_classes", {})
    rows.append(["mean", *(_cell(mean.get(metric)) for metric in head)])
    return [("Classes", [["class", *(metric.replace("_", " ") for metric in head)], *rows])]


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:.4f}"
