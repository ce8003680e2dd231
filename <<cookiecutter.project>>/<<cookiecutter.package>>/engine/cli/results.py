"""Folders of results: what a script makes of one run lies in the folder of that run.

| script | results of one run | results of several runs |
|-|-|-|
| evaluate | `<run>/evaluate/<dataset>-<split>/` | the same, and links and the ensemble in the folder of the job |
| predict | `<run>/predict/<inputs>-<time>-<suffix>/` | in the folder of the job, with the runs in runs.txt |
| export | `<run>/export/` | |

A job writes to `logs/<name>/<time>-<suffix>/`; its complete results are then moved to the run. They stay there if the
run is a checkpoint outside any run folder, if the run folder cannot be written, and if the command line names a place
(`output`, `output_dir`, `hydra.run.dir`).
"""

import hashlib
import logging
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from glob import has_magic
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from ..checkpoints.checkpoint import Weights, checkpoint_of
from ..checkpoints.runs import config_of, folder_of
from ..core.errors import InputError, first_line
from ..core.files import put
from ..core.stored_config import choice_of
from ..data.options import SELECTION

log = logging.getLogger(__name__)
LONGEST = 80  # characters of the part of a folder name that lists values of the command line


def move_evaluations(config: DictConfig, runs: Mapping[str, Path | None]) -> Path:
    """Move the folder of each evaluated run to the run, and return the folder to look at.

    `runs`: by folder name, None for an ensemble and for stored predictions, which stay. With several results, relative
    links to the moved ones are left in the folder of the job.
    """
    job, single = Path(config.output_dir), len(runs) == 1
    for name, run in runs.items():
        if run is None or (folder := _run_folder(config, run)) is None:
            continue
        target = folder / "evaluate" / _evaluation_name(config, run, folder)
        own = {path: target / path.name for path in _own_files(job)} if single else {}
        if _moved({job / name: target, **own}, job):
            if single:
                return target
            _link(job / name, target)
    return job


def move_files(config: DictConfig, runs: Sequence[Path], name: str, files: Sequence[Path]) -> Path:
    """Move files that a job made of one run to the folder `name` of the run, and return the folder they are in."""
    job = Path(config.output_dir)
    if len(runs) > 1:
        (job / "runs.txt").write_text("".join(f"{run}\n" for run in runs), encoding="utf-8")
    elif folder := _run_folder(config, runs[0]):
        target = folder / name
        if _moved({path: target / path.name for path in [*files, *_own_files(job)]}, job):
            return target
    return job


def discard(config: DictConfig) -> None:
    """Remove the folder of a job that wrote its results to run folders."""
    if not placed(config):
        job = Path(config.output_dir)
        for path in _own_files(job):
            _remove(path)
        _remove_empty(job)


def variant(run: Path, weights: Weights) -> str:
    """Suffix for results of other weights than those of `run=<run folder>`: `-last`, `-raw`, `-last-raw`."""
    checkpoint, raw = "", "-raw" if weights == "raw" else ""
    with suppress(InputError):  # a checkpoint need not be in a run folder
        if not run.is_dir() and not run.samefile(checkpoint_of(folder_of(run))):
            checkpoint = f"-{run.stem}"
    return checkpoint + raw


def inputs_name(inputs: str) -> str:
    """Last part of a path or pattern without wildcards, as part of a folder name."""
    names = [_slug(Path(part).stem).strip("._-") for part in Path(inputs).parts if not has_magic(part)]
    return next(filter(None, reversed(names)), "inputs")


def _run_folder(config: DictConfig, run: Path) -> Path | None:
    """Folder of a run; None if there is none, or if the command line names the place of the results."""
    with suppress(InputError):
        return None if placed(config) else folder_of(run)
    return None


def placed(config: DictConfig) -> bool:
    """Whether the command line names the place of the results."""
    words = [word.lstrip("+") for word in HydraConfig.get().overrides.hydra]
    own = OmegaConf.is_interpolation(config, "output_dir") and config.get("output") is None
    return not own or any(word.startswith(("hydra.run.", "hydra.sweep.")) for word in words)


def _evaluation_name(config: DictConfig, run: Path, folder: Path) -> str:
    """`<dataset>-<split>`, then the values of the command line that choose other samples, and `variant`."""
    hydra = HydraConfig.get()
    dataset = hydra.runtime.choices.get("dataset") or _dataset_of(folder)
    chosen = _slug("-".join(sorted(_selection(hydra.overrides.task))))
    if len(chosen) > LONGEST:
        chosen = f"{chosen[:LONGEST]}-{hashlib.sha256(chosen.encode()).hexdigest()[:6]}"
    return "-".join(filter(None, [_slug(dataset), config.split, chosen])) + variant(run, config.weights)


def _selection(words: Sequence[str]) -> Iterator[str]:
    """Iterate over `name-value` of the overrides that decide which samples are used."""
    for word in words:
        key, _, value = word.lstrip("+~").partition("=")
        group, _, name = key.partition(".")
        if (group == "dataset" and name) or (group == "data" and name.partition(".")[0] in (*SELECTION, "")):
            yield f"{key.rpartition('.')[2]}-{value}"


def _dataset_of(folder: Path) -> str:
    """Name of the config that a run chose as its dataset, or else its class in snake case."""
    if name := choice_of(folder, "dataset"):
        return name
    cls = config_of(folder)["dataset"]["_target_"].rpartition(".")[2]
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls).lower()


def _slug(text: str) -> str:
    return re.sub(r"[^\w.-]+", "_", text)


def _own_files(job: Path) -> list[Path]:
    """Records of a job that Hydra writes: `.hydra` and the log."""
    hydra = HydraConfig.get()
    names = [hydra.output_subdir, f"{hydra.job.name}.log"]
    return [job / name for name in names if name and (job / name).exists()]


def _moved(targets: Mapping[Path, Path], job: Path) -> bool:
    """Move files and folders, each in place of the former one; after an error all stay, and a line says why."""
    try:
        for source, target in targets.items():
            put(source, target)
    except OSError as error:
        log.warning("The results cannot be moved to the run (%s) and stay in %s", first_line(error), job)
        return False
    for source in targets:
        _remove(source)
    _remove_empty(job)
    return True


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _remove_empty(job: Path) -> None:
    with suppress(OSError):  # folders that are not empty are kept
        for folder in (job, *job.parents[:2]):
            folder.rmdir()


def _link(path: Path, target: Path) -> None:
    """Make a relative link to a folder, or a text file with the path where the file system has no links."""
    relative = os.path.relpath(target.resolve(), path.parent.resolve())
    try:
        path.symlink_to(relative, target_is_directory=True)
    except OSError:
        path.with_name(f"{path.name}.txt").write_text(f"{relative}\n", encoding="utf-8")
