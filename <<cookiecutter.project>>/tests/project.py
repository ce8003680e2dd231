"""Running the project in tests: as its owner does, through the command line, but in this process to save time."""

import csv
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import get_class
from omegaconf import OmegaConf

from <<cookiecutter.package>>.engine.cli.command_line import launch
from <<cookiecutter.package>>.engine.core.compat import VERSION_BASE

ROOT = Path(__file__).parents[1]
BIG = ("resnet50", "vgg16", "resnet9")
"""Networks that take their time: the slow tests train them."""
QUICK = (
    "data.limit_samples=96", "data.batch_size=32", "trainer.max_epochs=2", "trainer=cpu", "logger=csv", "report=false"
)  # fmt: skip
"""A run of 6 steps; a word that comes later replaces the one with its key."""
TIMED = ("samples_per_second", "data_wait", "cpu_load")
"""Columns of metrics.csv that are never the same twice."""

os.environ.setdefault("OMP_NUM_THREADS", "1")  # small networks are slower on more threads
# No test may use its owner's account: without one, wandb must go offline by itself.
os.environ["NETRC"] = os.devnull
for name in ("WANDB_API_KEY", "WANDB_MODE"):
    os.environ.pop(name, None)
Train = Callable[..., Path]


def options(group: str) -> list[str]:
    """The names of all configs of a group."""
    names = (path.stem for path in (ROOT / "configs" / group).glob("*.yaml"))
    return sorted(name for name in names if "of_a_test" not in name)  # which a test beside this one may just be writing


def default_dataset() -> Any:
    """The class of the dataset that `python train.py` takes."""
    with initialize_config_dir(config_dir=str(ROOT / "configs"), **VERSION_BASE):
        return get_class(compose("train").dataset._target_)


def config_of(*words: str) -> dict[str, Any]:
    """The config of a job with these words, as `train.py` has it."""
    with initialize_config_dir(config_dir=str(ROOT / "configs"), **VERSION_BASE):
        config = compose("train", ["data/cache=off", *words])  # what the tests look at is made now
    config.output_dir = "no run folder"
    content: Any = OmegaConf.to_container(config, resolve=True)
    return dict(content)


def stand_ins() -> dict[str, Callable[[Path], None]]:
    """What writes tiny files in the format of a dataset, by the dataset's name."""
    if not (ROOT / "tests" / "stand_ins.py").is_file():
        return {}
    written: dict[str, Callable[[Path], None]] = import_module("stand_ins").STAND_INS
    return written


def repeated() -> Sequence[str]:
    """The names of those stand-ins that the slow tests alone check."""
    names: Sequence[str] = import_module("stand_ins").REPEATED if stand_ins() else ()
    return names


def caches() -> list[str]:
    """The configs of group `data/cache` that keep something."""
    return sorted({*options("data/cache")} - {"off"})


def identity(sample: Any, mode: str) -> Any:
    """For a data module without cached transformers."""
    return sample


@pytest.fixture
def train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Train:
    """Runs `train.py` with some words in an empty folder; returns the newest run folder."""
    monkeypatch.chdir(tmp_path)
    return run_train


def rows(folder: Path) -> list[dict[str, str]]:
    """The rows of metrics.csv, without what the clock decides."""
    return [
        {name: value for name, value in row.items() if name not in TIMED and not name.startswith("time/")}
        for row in timed_rows(folder)
    ]


def timed_rows(folder: Path) -> list[dict[str, str]]:
    """The rows of metrics.csv."""
    with (folder / "metrics.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def epochs(folder: Path) -> list[dict[str, str]]:
    """Those rows that end an epoch."""
    return [row for row in rows(folder) if row["val/loss"]]


def checkpoint(folder: Path, name: str = "last") -> dict[str, Any]:
    """What stands in one of a run's checkpoints."""
    import torch  # here, for the tests of the configs need none

    content: dict[str, Any] = torch.load(folder / "checkpoints" / f"{name}.ckpt", weights_only=True)
    return content


def weights(folder: Path, name: str = "last") -> dict[str, Any]:
    """The tensors in one of a run's checkpoints, by name."""
    state: dict[str, Any] = checkpoint(folder, name)["state_dict"]
    return state


def network_weights(folder: Path) -> dict[str, Any]:
    """Those of the network in the last checkpoint, by their names in the network."""
    before = "pipeline.network."
    return {name.removeprefix(before): value for name, value in weights(folder).items() if name.startswith(before)}


def run_train(*words: str) -> Path:
    """`python train.py <words>` in the current folder; returns the newest run folder."""
    return run_script("train", *words)


def run_script(script: str, *words: str) -> Path:
    """`python <script>.py <words>` in the current folder; returns the newest run folder."""
    before = sys.argv
    sys.argv = [str(ROOT / f"{script}.py"), *{word.partition("=")[0]: word for word in words}.values()]
    try:
        launch(import_module(script).main, script)
    finally:
        sys.argv = before
    return max(Path("logs").glob("*/*/.hydra"), key=lambda path: path.stat().st_mtime_ns).parent.resolve()
