"""Helpers of the tests: run the scripts by their command line, in this process to save time."""

import csv
import os
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from hydra.utils import get_class
from omegaconf import OmegaConf
from written_files import files_of

from <<cookiecutter.package>>.engine.cli.compatibility import fitting
from <<cookiecutter.package>>.engine.core.compat import VERSION_BASE

ROOT = Path(__file__).parents[1]
BIG = ("resnet50", "vgg16", "resnet9")
"""Networks that train slowly: only the slow tests train them."""
SIX_STEPS = (
    "data.limit_samples=96", "data.batch_size=32", "trainer.max_epochs=2", "trainer=cpu", "logger=csv", "report=false"
)  # fmt: skip
"""A run of 6 steps; later words override earlier ones with the same key."""
QUICK = (*SIX_STEPS, "~callback.pictures")
"""The same without pictures, which take a third of its time."""
TIMED = ("samples_per_second", "data_wait", "cpu_load", "gpu_load", "gpu_memory")
"""Columns of metrics.csv that differ between equal runs."""

os.environ.setdefault("OMP_NUM_THREADS", "1")  # small networks are slower on more threads
# No test may use the account of its user: without one, wandb must work offline.
os.environ["NETRC"] = str(ROOT / "tests" / "no-such-netrc")  # in a container, os.devnull may be a file with contents
for name in ("WANDB_API_KEY", "WANDB_MODE"):
    os.environ.pop(name, None)
Train = Callable[..., Path]
Words = tuple[str, ...]


def options(group: str) -> list[str]:
    """Names of all configs of a group."""
    names = (path.stem for path in (ROOT / "configs" / group).glob("*.yaml"))
    return sorted(name for name in names if "of_a_test" not in name)  # a concurrent test may be writing it


def choices_of(group: str) -> dict[str, Words]:
    """Words that choose each config of a group, with each problem that takes it, by a name for the test."""
    found = [(problem, name) for problem, name in fitting(group) if "of_a_test" not in name]
    count = Counter(name for _, name in found)
    return {
        name if count[name] == 1 else f"{problem}-{name}": (
            f"problem={problem}",
            f"{group}={name}",
            *files_of(group, name),
        )
        for problem, name in found
    }


def cases(words: dict[str, Words], slow: Sequence[str] = ()) -> list[Any]:
    """Parameters of a test from `choices_of`; those of the configs in `slow` are slow tests."""
    marks = {name: [pytest.mark.slow] if chosen[1].partition("=")[2] in slow else [] for name, chosen in words.items()}
    return [pytest.param(chosen, id=name, marks=marks[name]) for name, chosen in words.items()]


def pairs(slow: Sequence[str] = ()) -> list[Any]:
    """Parameters of a test of each network with each loss, without the networks in `slow`."""
    networks, losses = choices_of("network"), choices_of("loss")
    return [
        pytest.param((*network[:2], loss[1], *network[2:]), id=f"{name}-{loss_name}")
        for loss_name, loss in losses.items()
        for name, network in networks.items()
        if network[0] == loss[0] and network[1].partition("=")[2] not in slow
    ]


def rotated(slow: Sequence[str] = ()) -> list[Any]:
    """Parameters of a test of each network with one loss that is not its problem's default, each loss in its turn."""
    found = [pair for pair in pairs(slow) if pair.values[0][2] != f"loss={default_loss(pair.values[0][0])}"]
    turns, chosen = Counter[str](), []
    for network in dict.fromkeys(pair.values[0][:2] for pair in found):
        losses = [pair for pair in found if pair.values[0][:2] == network]
        chosen.append(losses[turns[network[0]] % len(losses)])
        turns[network[0]] += 1
    return chosen


def default_loss(problem: str) -> str:
    """Name of the loss that the config of a problem (`problem=<name>`) chooses."""
    config: Any = OmegaConf.load(ROOT / "configs" / "problem" / f"{problem.partition('=')[2]}.yaml")
    return next(str(entry["override /loss"]) for entry in config.defaults if "override /loss" in entry)


def default_dataset() -> Any:
    """Class of the default dataset."""
    with initialize_config_dir(config_dir=str(ROOT / "configs"), **VERSION_BASE):
        return get_class(compose("train").dataset._target_)


def config_of(*words: str) -> dict[str, Any]:
    """Config of a job with these words, as in `train.py`."""
    with initialize_config_dir(config_dir=str(ROOT / "configs"), **VERSION_BASE):
        config = compose("train", ["data/cache=off", *words])  # tests read freshly prepared samples
    config.output_dir = "no run folder"
    content: Any = OmegaConf.to_container(config, resolve=True)
    return dict(content)


def caches() -> list[str]:
    """Configs of group `data/cache` with a cache."""
    return sorted({*options("data/cache")} - {"off"})


def identity(sample: Any, mode: str) -> Any:
    """Return a sample unchanged, for a data module without cached transformers."""
    return sample


@pytest.fixture
def train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Train:
    """Run `train.py` with some words in an empty folder, and return the newest run folder."""
    monkeypatch.chdir(tmp_path)
    return run_train


def rows(folder: Path) -> list[dict[str, str]]:
    """Rows of metrics.csv without the columns of times."""
    return [
        {name: value for name, value in row.items() if name not in TIMED and not name.startswith("time/")}
        for row in timed_rows(folder)
    ]


def timed_rows(folder: Path) -> list[dict[str, str]]:
    """Rows of metrics.csv."""
    with (folder / "metrics.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def epochs(folder: Path) -> list[dict[str, str]]:
    """Rows at the end of an epoch."""
    return [row for row in rows(folder) if row["val/loss"]]


def checkpoint(folder: Path, name: str = "last") -> dict[str, Any]:
    """Content of a checkpoint of a run."""
    import torch  # imported here: the tests of configs need no torch

    content: dict[str, Any] = torch.load(folder / "checkpoints" / f"{name}.ckpt", weights_only=True)
    return content


def weights(folder: Path, name: str = "last") -> dict[str, Any]:
    """Tensors of a checkpoint of a run, by name."""
    state: dict[str, Any] = checkpoint(folder, name)["state_dict"]
    return state


def network_weights(folder: Path) -> dict[str, Any]:
    """Tensors of the network in the last checkpoint, by their names in the network."""
    before = "pipeline.network."
    return {name.removeprefix(before): value for name, value in weights(folder).items() if name.startswith(before)}


def run_train(*words: str) -> Path:
    """Run `python train.py <words>` in the current folder, and return the newest run folder."""
    return run_script("train", *words)


def run_script(script: str, *words: str) -> Path:
    """Run `python <script>.py <words>` in the current folder, and return the folder with the newest run or results."""
    before = sys.argv
    sys.argv = [str(ROOT / f"{script}.py"), *{word.partition("=")[0]: word for word in words}.values()]
    try:
        import_module(script).main()
    finally:
        sys.argv = before
    runs = [Path(word.partition("=")[2]) for word in words if word.startswith(("run=", "resume="))]
    folders = [Path("logs"), *(run.parent.parent if run.parent.name == "checkpoints" else run for run in runs)]
    records = [path for folder in folders for path in folder.rglob(".hydra")]
    return max(records, key=lambda path: path.stat().st_mtime_ns).parent.resolve()
