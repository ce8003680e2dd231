"""Record for reproducing a run: command, commit, packages and device."""

import json
import platform
import shutil
import sys
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

import torch
import yaml
from pytorch_lightning.loggers import Logger
from torch import nn

from ..core.code import ROOT, changes, commit
from ..core.errors import InputError
from ..core.files import atomic_write
from ..core.job_record import NETWORK
from ..core.masking import masked, masked_text
from ..core.plain import PlainData
from ..core.processes import first
from ..data.datamodule import DataModule
from ..data.fingerprint import DATA

RECORDED, NO_CHANGES = "reproduce.yaml", "none"


def record(folder: Path, seed: int, resumed: bool) -> None:
    """Add an entry to `folder`/reproduce.yaml, and write changes.diff if the code differs from its commit.

    uv.lock of the project, if there is one, is copied to `folder`.

    Raises:
        InputError: the folder of a new run belongs to another run.
    """
    if not first():
        return
    path = folder / RECORDED
    if path.exists() and not resumed:
        raise InputError(f"{folder} is the folder of another run: choose a new one, or continue that run with resume=.")
    folder.mkdir(parents=True, exist_ok=True)  # `output_dir` of the user, or of torchrun
    diff = changes()
    entry: PlainData = {
        "time": datetime.now().astimezone().isoformat(timespec="seconds"),
        "command": " ".join(["python", *map(masked_text, sys.orig_argv[1:])]),
        "commit": commit() or "none: the project is in no git repository",
        "changes": "changes.diff" if diff else NO_CHANGES,
        "seed": seed,
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else f"CPU, {platform.machine()}",
        "cpu": torch.backends.cpu.get_cpu_capability(),  # kernels differ by it, in the last bits
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
        "packages": packages(),
    }
    if diff:
        (folder / "changes.diff").write_text(diff)
    if (ROOT / "uv.lock").is_file():
        shutil.copyfile(ROOT / "uv.lock", folder / "uv.lock")
    before = path.read_text() if path.exists() else ""  # a run may have been killed before this
    with atomic_write(path) as new:
        new.write_text(before + yaml.safe_dump([entry], sort_keys=False))


def log_config(loggers: Sequence[Logger], config: PlainData) -> None:
    """Give the config to the loggers, without secrets."""
    for logger in loggers:
        logger.log_hyperparams(masked(config))


def record_data(folder: Path, data: DataModule) -> None:
    """Write the fingerprint of the data to `folder`/data.json."""
    if first():
        with atomic_write(folder / DATA) as path:
            path.write_text(json.dumps(data.fingerprint, indent=2) + "\n")


def record_network(folder: Path, network: nn.Module) -> None:
    """Write the numbers of parameters to `folder`/network.json."""
    if first():
        counts = [(parameter.numel(), parameter.requires_grad) for parameter in network.parameters()]
        facts = {"parameters": sum(count for count, _ in counts), "trained": sum(count for count, on in counts if on)}
        with atomic_write(folder / NETWORK) as path:
            path.write_text(json.dumps(facts, indent=2) + "\n")


@cache
def packages() -> dict[str, str]:
    """Version of each installed package; reading them takes 0.1 s, which jobs of a multirun spend once."""
    files = [item.metadata for item in distributions()]
    return dict(sorted((file["Name"], file["Version"]) for file in files))
