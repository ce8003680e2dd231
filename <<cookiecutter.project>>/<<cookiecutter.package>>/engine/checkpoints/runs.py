"""Run folders, selected by path or pattern, with their checkpoints and configs."""

import os
import re
from collections.abc import Sequence
from glob import glob, has_magic
from pathlib import Path

import torch

from ..core.errors import InputError
from ..core.given_paths import HUB, check_run, check_runs
from ..core.plain import PlainData
from ..core.stored_config import stored_config
from ..sweeps.plan import PLAN, jobs_in
from .checkpoint import checkpoint_of
from .hub import downloaded

CHECKPOINTS = (".ckpt", ".safetensors")


def runs_of(patterns: str | Sequence[str] | None, key: str = "run", trained: bool = True) -> dict[str, Path]:
    """Resolve paths and patterns to run folders and checkpoints, each once and by a short unique name.

    A pattern matches folders with a checkpoint, or with a metrics.csv if they need not be `trained`. The folder of a
    sweep stands for those of its jobs; `hf://user/name` for its file on the Hugging Face Hub.

    Raises:
        InputError: a pattern matches no run, a path does not exist, or no path is given.
    """
    matches = [path for pattern in check_runs(patterns, key) for path in _matches(pattern, key, trained)]
    for path in matches if trained else ():
        checkpoint_of(path)
    # A file keeps its name: the Hub's cache has links to files without a suffix.
    paths = list(
        dict.fromkeys(path.parent.resolve() / path.name if path.is_file() else path.resolve() for path in matches)
    )
    short = [path.name for path in paths]
    if len(set(short)) == len(short):
        return dict(zip(short, paths, strict=True))
    common = os.path.commonpath(paths)
    return {str(path.relative_to(common)).replace("/", "_"): path for path in paths}


def _matches(pattern: str, key: str, trained: bool) -> list[Path]:
    if pattern.startswith(HUB):
        return [downloaded(pattern)]
    named = not has_magic(pattern) or Path(pattern).exists()
    found = [Path(pattern)] if named else [Path(name) for name in sorted(glob(pattern, recursive=True))]
    if named and not (found[0] / PLAN).is_file():
        return found
    candidates = [run for path in found for run in (jobs_in(path) if (path / PLAN).is_file() else [path])]
    content = "checkpoints/*.ckpt" if trained else "metrics.csv"
    runs = [path for path in candidates if any(path.glob(content)) or (trained and path.suffix in CHECKPOINTS)]
    if not runs:
        raise InputError(f"{key}={pattern} matches no run: expected folders that hold {content}.")
    return runs


def single_run(words: str | Sequence[str] | None) -> Path:
    """Resolve paths and patterns to the one run folder or checkpoint that they match.

    Raises:
        InputError: they match none or several.
    """
    runs = list(runs_of(words).values())
    if len(runs) > 1:
        raise InputError(f"run={words} are {len(runs)} runs, expected one.")
    return runs[0]


def folder_of(run: Path) -> Path:
    """Folder of a run, given by its path or by a checkpoint in it.

    Raises:
        InputError: `run` is neither a run folder nor a checkpoint in one.
    """
    check_run(run)
    folder = run if run.is_dir() else run.absolute().parents[1]
    if not (path := folder / ".hydra" / "config.yaml").is_file():
        raise InputError(f"There is no {path}: expected the folder of a run, or a checkpoint in it.")
    if re.search("^run:", path.read_text(encoding="utf-8"), re.MULTILINE):  # a key of the scripts that read runs
        raise InputError(f"{folder} holds results of a run: expected the folder of a run, or a checkpoint in it.")
    return folder


def config_of(run: Path, resolve: bool = True) -> PlainData:
    """Config of a trained run; its interpolations are resolved unless `resolve` is false.

    Raises:
        InputError: `run` is neither a run folder nor a checkpoint in one, or its config could run other code than this
            project's.
    """
    return stored_config(folder_of(run), resolve)


def device_of(name: str) -> torch.device:
    """Device by its name; `auto` is a GPU if there is one, else the CPU.

    Raises:
        InputError: torch does not know the device, or this machine does not have it.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise InputError(f"device = {name!r} is not available on this machine: use cpu or auto.") from error
    return device
