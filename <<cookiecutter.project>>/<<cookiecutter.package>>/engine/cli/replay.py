"""Replay of a run: train again with its code, config, seed and number of threads, and compare."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import yaml
from omegaconf import DictConfig

from ..checkpoints.runs import folder_of, single_run
from ..core.errors import InputError
from ..core.job_record import RECORD, record_of
from ..core.masking import check_unmasked
from ..core.plain import Config, PlainData
from ..core.stored_config import check_records, choices_word, stored_config
from ..data.fingerprint import difference, recorded
from .provenance import NO_CHANGES, RECORDED, packages
from .results import discard, placed
from .run_code import write_code
from .run_difference import COMPARED, compared, first_difference

UNKNOWN = (
    "data or other files that have changed and are neither in git nor in the snapshot, or operations that are not "
    "deterministic"
)


def replay_job(config: DictConfig) -> str:
    """Replay the run of a config of `replay.py`, in a folder within that of the run or in its output_dir."""
    run, job = folder_of(single_run(config.run)), Path(config.output_dir)
    found = replay(run, job.resolve() if placed(config) else run / "replay" / job.name, config.trust)
    discard(config)
    return found


def replay(run: Path, folder: Path, trust: bool) -> str:
    """Train the run again in `folder`/run, with its code in `folder`, and return what was found equal.

    `trust`: also run code that comes with the run folder.

    Raises:
        InputError: the run cannot be replayed, its training fails, or the results differ.
    """
    config, entry = _checked(run), _entry(run)
    code = write_code(run, str(entry.get("commit")), entry.get("changes") != NO_CHANGES, folder, trust)
    if changed := other_packages(entry, {"packages": packages()}):
        print(f"packages that differ from those of the run: {changed}")
    again = folder / "run"
    if status := _train(code, run, again, config, entry):
        raise InputError(f"The training ended with exit status {status}, see above; its code is in {code}.")
    if found := first_difference(run, again):
        changed = difference(recorded(run), recorded(again))
        likely = f"other data ({changed})" if changed else cause(entry, _entry(again))
        raise InputError(f"The replay differs ({found}). Likely cause: {likely}. Its folder is {again}")
    return f"The replay is equal in {compared(run)}. Its folder is {again}"


def _checked(run: Path) -> PlainData:
    """Config of a run that can be replayed.

    Raises:
        InputError: it has not finished, its config could run other code, or lacks a secret.
    """
    if (state := record_of(run).get("state")) != "finished":
        raise InputError(
            f"{run} has not finished ({RECORD}: state = {state}), expected a finished run: "
            f"continue it with resume={run}, or choose another."
        )
    check_records(run)
    config = stored_config(run)
    try:
        check_unmasked({name: part for name, part in config.items() if name != "logger"}, "config")
    except InputError as error:
        raise InputError(f"{run} cannot be replayed: its config has a secret, which records leave out.") from error
    if not any((run / name).is_file() for name in COMPARED):
        raise InputError(f"{run} has nothing to compare, expected one of {', '.join(COMPARED)}.")
    return config


def _entry(run: Path) -> PlainData:
    """Record of the only start of a run.

    Raises:
        InputError: there is no record, or several, since the run was resumed.
    """
    path = run / RECORDED
    try:
        entries: object = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"{path} cannot be read, expected the record of a run: choose another run.") from error
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries) or not entries:
        raise InputError(f"{path} holds no list of starts, expected the record of a run: choose another run.")
    if len(entries) > 1:
        raise InputError(f"{run} was resumed ({path.name} has {len(entries)} starts), expected a run of one start.")
    entry: PlainData = {"seed": None, **entries[0]}
    if wrong := [name for name in ("seed", "threads") if not isinstance(entry.get(name, 1), int)]:
        raise InputError(f"{path}: {wrong[0]} = {entry[wrong[0]]!r}, expected an integer.")
    return entry


def _train(code: Path, run: Path, folder: Path, config: Config, entry: Config) -> int:
    """Exit status of the training, without trackers, report and export."""
    loggers = [name for name, part in config["logger"].items() if not str(part.get("_target_")).endswith(".CSVLogger")]
    words = [
        *("--config-path", str(run.resolve() / ".hydra"), "--config-name", "config"),
        *(f"seed={entry['seed']}", "++report=false", "++export=null", f"hydra.run.dir={folder.resolve()}"),
        *(f"~logger.{name}" for name in loggers),
        *choices_word(run),
    ]
    # git must not take the repository around the folder for that of the code.
    environment = os.environ | {"GIT_CEILING_DIRECTORIES": str(code.resolve().parent)}
    if "threads" in entry:
        environment["OMP_NUM_THREADS"] = str(entry["threads"])
    return subprocess.run([sys.executable, str(code / "train.py"), *words], env=environment).returncode


def other_packages(before: Config, after: Config) -> str:
    """Packages whose versions differ: `torch 2.15.0 instead of 2.14.1, …`."""
    old, new = (_mapping(entry.get("packages")) for entry in (before, after))
    names = [name for name in sorted({*old, *new}) if old.get(name) != new.get(name)]
    return ", ".join(f"{name} {new.get(name, 'missing')} instead of {old.get(name, 'missing')}" for name in names)


def cause(before: Config, after: Config) -> str:
    """Likely cause of a difference, from the records of both runs."""
    if changed := other_packages(before, after):
        return f"other packages ({changed})"
    for name in ("python", "device", "cpu", "threads"):
        if name not in before:
            return f"{name} of the run, which was not recorded ({name} = {after.get(name)} now)"
        if before[name] != after.get(name):
            return f"{name} = {after.get(name)} instead of {before[name]}"
    return UNKNOWN


def _mapping(content: object) -> Mapping[str, str]:
    return content if isinstance(content, Mapping) else {}
