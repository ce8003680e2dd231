"""`resume=<run folder>`: the same folder, with the config that stands in it."""

import re
from collections.abc import Sequence
from pathlib import Path

from ..core.errors import InputError
from ..core.paths import CONFIGS

PACKAGE = __name__.split(".")[0]
WORD = "resume="
KEPT = ("monitor", "network", "optimizer", "scheduler", "model.freeze", "seed", "dataset", "data")
"""What the checkpoint decides, and which samples train and which validate: another division would let a run validate on
what it has learned.
"""
FREE = ("data.batch_size", "data.num_workers", "data.cache")
"""Keys below `KEPT` that decide neither."""
_before: dict[Path, bytes] = {}


def rewrite(words: Sequence[str]) -> list[str]:
    """The command line with `resume=` turned into what Hydra needs to go on in that folder; others stay as they are.

    Raises:
        InputError: the folder is no run that could go on.
    """
    folders = [word.partition("=")[2] for word in words if word.lstrip("+").startswith(WORD)]
    if not folders or folders[-1] in ("", "null"):
        return list(words)
    rest = [word for word in words if not word.lstrip("+").startswith(WORD)]
    folder = Path(folders[-1]).resolve()
    if {"-m", "--multirun"} & set(rest):
        raise InputError("resume= goes on with one run: leave -m out.")
    for name in ("checkpoints/last.ckpt", ".hydra/config.yaml"):
        if not (folder / name).is_file():
            raise InputError(
                f"resume={folders[-1]} is no run that can go on, {name} is missing: expected a folder like "
                "logs/<name>/<time>-<suffix> of a run that has finished an epoch."
            )
    _check_package(folder)
    for word in rest:
        if word.lstrip("+~").startswith("warm_start"):
            raise InputError(f"resume= goes on with the weights of the run: leave {word} out.")
        key = word.lstrip("+~").partition("=")[0]
        if not (CONFIGS / key).is_dir() and _is_below(key, KEPT) and not _is_below(key, FREE):
            raise InputError(
                f"A resumed run keeps the {key.partition('.')[0]} with which it began: leave {word} out, or begin a "
                f"new run with warm_start.checkpoint={folders[-1]}/checkpoints/last.ckpt."
            )
        if (CONFIGS / key).is_dir():
            raise InputError(
                f"resume= goes on with the config of the run, {word} would replace a part of it: leave it out. Single "
                "values, like trainer.max_epochs=40, can be changed."
            )
    _before.update({path: path.read_bytes() for path in [*folder.glob(".hydra/*"), folder / "reproduce.yaml"]})
    place = ["--config-path", str(folder / ".hydra"), "--config-name", "config"]
    return [*place, *rest, f"{WORD}{folder}", f"hydra.run.dir={folder}"]


def _is_below(key: str, keys: Sequence[str]) -> bool:
    return f"{key}.".startswith(tuple(f"{each}." for each in keys))


def _check_package(folder: Path) -> None:
    """The classes in a config of another project cannot be found, one by one."""
    found = re.search(r"^model:\n  _target_: (\w+)\.", (folder / ".hydra" / "config.yaml").read_text(), re.MULTILINE)
    if found and found[1] != PACKAGE:
        raise InputError(f"{folder} is a run of {found[1]}, and this is {PACKAGE}: resume it there.")


def restore() -> None:
    """Put the records of a run back as they were before a resume that was refused."""
    for path, content in _before.items():
        path.write_bytes(content)
