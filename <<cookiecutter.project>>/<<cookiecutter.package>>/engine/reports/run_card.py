"""Test, data and training of a run, in Markdown."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml

from ..checkpoints.runs import config_of
from ..core.plain import Config, PlainData
from .curves import History
from .evaluation import intervals_in, metrics_in, numbers, with_interval
from .markdown import block, code, literal, table
from .run_page import RECORDED


def run_card(folder: Path, tested: bool) -> dict[str, str]:
    """Sections of a model card by title. `tested`: the exported weights are those that the run tested."""
    entries: list[PlainData] = []
    if (path := folder / "reproduce.yaml").is_file():
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    parts = {"Test": _test(folder, tested), "Data": _data(folder), "Training": _training(folder, entries)}
    if entries:
        lines = "\n".join(f"{name}=={version}" for name, version in entries[-1]["packages"].items())
        parts["Packages of the training"] = block(lines)
    return parts


def tested_of(folder: Path) -> dict[str, float]:
    """Metrics of the run's test split by name, from test/metrics.json or else metrics.csv."""
    if metrics := metrics_in(folder / "test"):
        return numbers(metrics)
    return {name.removeprefix("test/"): value for name, value in History(folder).tests().items()}


def _test(folder: Path, tested: bool) -> str:
    if not (metrics := tested_of(folder)):
        return "The run has no test results."
    ends = intervals_in(folder / "test")
    rows = [
        ["metric", "value (95 %)"],
        *(
            [literal(name), with_interval(float(value), ends.get(name))]
            for name, value in metrics.items()
            if name != "samples"
        ),
    ]
    count = f" of {metrics['samples']:,} samples" if "samples" in metrics else ""
    weights = "with these weights" if tested else "with the best weights, **which are not those of this file**"
    return f"Measured by the run on its test split{count}, {weights}.\n\n{table(rows)}"


def _data(folder: Path) -> str:
    config = config_of(folder)
    target, data = config["dataset"]["_target_"], {**config["data"], "cache": None}
    rows = [[code(name), code(value)] for name, value in _leaves({"dataset": config["dataset"], "data": data})]
    samples = tested_of(folder).get("samples")
    counted = f"\n\nSamples of the test split: {samples:,}." if samples else ""
    return f"{code(target)}\n\n{table([['argument', 'value'], *rows])}{counted}"


def _leaves(config: Config, path: str = "") -> Iterator[tuple[str, object]]:
    """Iterate over (path, value) of a config, without null values and targets."""
    for name, value in config.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{path}{name}.")
        elif value is not None and name != "_target_":
            yield f"{path}{name}", value


def _training(folder: Path, entries: Sequence[PlainData]) -> str:
    text = ""
    for entry in entries:  # the first start, and each resume
        text += table([["", ""], *([name, code(entry[name])] for name in RECORDED)]) + "\n\n"
    config = (folder / ".hydra" / "config.yaml").read_text(encoding="utf-8")
    return f"{text}The config:\n\n{block(config, 'yaml')}"
