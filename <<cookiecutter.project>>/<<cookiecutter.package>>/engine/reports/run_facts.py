"""Facts of a run that a page shows first: scores with intervals, best epoch, parts, parameters, time and speed."""

from functools import cached_property
from pathlib import Path
from statistics import median

import yaml

from ..checkpoints.runs import config_of
from ..core.plain import PlainData
from ..core.progress import duration
from ..core.stored_config import choice_of
from .content import Tile
from .curves import History
from .evaluation import INTERVALS, metrics_in, parameters_in, scores_of


class RunFacts:
    """Facts of the run in `folder`, from its files."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.history, self.config = folder, History(folder), config_of(folder, resolve=False)

    def choice(self, group: str) -> str:
        """Name of the config of a group, or else of its class."""
        target = str(self.config.get(group, {}).get("_target_", "")).rpartition(".")[2]
        return choice_of(self.folder, group) or target

    @cached_property
    def tested(self) -> PlainData:
        """Metrics of the test split; without test/metrics.json those that were logged."""
        return metrics_in(self.folder / "test") or {
            name.removeprefix("test/"): value for name, value in self.history.tests().items()
        }

    @cached_property
    def scores(self) -> dict[str, str]:
        """Metrics of the test split as text, with intervals."""
        return scores_of(self.tested)

    @cached_property
    def monitored(self) -> str:
        """Name of the monitored validation metric."""
        return str(self.config["monitor"]["metric"])

    @cached_property
    def best(self) -> tuple[float, float] | None:
        """Epoch (the first is 1) and value of the best validation."""
        epochs, values = self.history.in_epochs(self.monitored)
        pairs = [(value, epoch) for epoch, value in zip(epochs, values, strict=True) if value == value]
        if not pairs:
            return None
        value, epoch = (max if self.config["monitor"]["mode"] == "max" else min)(pairs, key=lambda pair: pair[0])
        return epoch, value

    @property
    def best_epoch(self) -> float | None:
        """Epoch of the best validation."""
        return None if self.best is None else self.best[0]

    @property
    def parameters(self) -> int | None:
        """Number of the network's parameters; None of a run that did not record it."""
        return parameters_in(self.folder)

    def main_score(self) -> tuple[str, str] | None:
        """Test score of the monitored metric, or the loss: its name and text."""
        wanted = self.monitored.rpartition("/")[2]
        name = wanted if wanted in self.scores else "loss"
        return (name, self.scores[name]) if name in self.scores else None

    def title(self) -> str:
        """`default: tiny_vgg on digits, test acc 0.9889 (0.9718 to 0.9957)`."""
        score = self.main_score()
        text = f", test {score[0]} {score[1]}" if score else ""
        return f"{self.config['name']}: {self.choice('network')} on {self.choice('dataset')}{text}"

    def lead(self) -> str:
        """Data set, network, optimizer, batch size and seed in a line."""
        optimizer, scheduler = self.choice("optimizer"), self.choice("scheduler")
        rate = self.config.get("optimizer", {}).get("lr")
        parts = [self.folder.name, self.choice("dataset"), self.choice("network")]
        parts += [optimizer + (f" lr {rate:g}" if isinstance(rate, int | float) else ""), scheduler]
        parts += [f"batches of {self.config['data']['batch_size']}", f"seed {self.config['seed']}"]
        return " · ".join(filter(None, parts))

    def tiles(self) -> list[Tile]:
        """Figures for the top of a page, of which those that are not known are left out."""
        tiles = []
        if score := self.main_score():
            value, _, interval = score[1].partition(" (")
            samples = f"{self.tested['samples']:,} samples" if "samples" in self.tested else ""
            note = ", ".join(filter(None, [f"95 %: {interval[:-1]}" if interval else "", samples]))
            tiles.append(Tile(f"test {score[0]}", value, note))
        if self.best is not None:
            epochs = self.history.in_epochs(self.monitored)[0]
            ends = metrics_in(self.folder / "val").get(INTERVALS, {}).get(self.monitored.removeprefix("val/"))
            note = f"epoch {self.best[0]:g} of {epochs[-1]:g}" + (
                f", 95 %: {ends[0]:.4f} to {ends[1]:.4f}" if ends else ""
            )
            tiles.append(Tile(f"best {self.monitored}", f"{self.best[1]:.4f}", note))
        if self.parameters is not None:
            tiles.append(Tile("parameters", f"{self.parameters:,}"))
        if total := self.history.times().get("total"):
            tiles.append(Tile("training", duration(total)))
        if rates := [value for _, value in self.history.series("samples_per_second")]:
            tiles.append(Tile("samples a second", f"{median(rates):,.0f}", "in training"))
        return tiles


def records(folder: Path) -> list[PlainData]:
    """Entries of reproduce.yaml, one for each start of a run; none if there is no such file."""
    path = folder / "reproduce.yaml"
    entries: list[PlainData] = yaml.safe_load(path.read_text()) if path.is_file() else []
    return entries


def last_record(folder: Path) -> PlainData:
    """Last entry of reproduce.yaml; empty if there is no such file."""
    entries = records(folder)
    return entries[-1] if entries else {}
