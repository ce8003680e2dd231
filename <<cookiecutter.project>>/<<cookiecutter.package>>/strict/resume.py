"""`resume=<run folder>`: the same folder, with the config that stands in it."""

from collections.abc import Sequence
from pathlib import Path

from ..errors import InputError
from .paths import CONFIGS

WORD = "resume="
KEPT = ("definition", "network", "optimizer", "scheduler", "model.freeze")  # the checkpoint decides these
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
    for word in rest:
        if word.lstrip("+~").startswith("warm_start"):
            raise InputError(f"resume= goes on with the weights of the run: leave {word} out.")
        key = word.lstrip("+~").partition("=")[0]
        if "." in key and any(f"{key}.".startswith(f"{kept}.") for kept in KEPT):
            raise InputError(
                f"A resumed run keeps the {key.partition('.')[0]} of its checkpoint, {word} would not reach it: leave "
                f"it out, or begin a new run with warm_start.checkpoint={folders[-1]}/checkpoints/last.ckpt."
            )
        if (CONFIGS / key).is_dir():
            raise InputError(
                f"resume= goes on with the config of the run, {word} would replace a part of it: leave it out. Single "
                "values, like trainer.max_epochs=40, can be changed."
            )
    _before.update({path: path.read_bytes() for path in [*folder.glob(".hydra/*"), folder / "reproduce.yaml"]})
    place = ["--config-path", str(folder / ".hydra"), "--config-name", "config"]
    return [*place, *rest, f"{WORD}{folder}", f"hydra.run.dir={folder}"]


def restore() -> None:
    """Put the records of a run back as they were before a resume that was refused."""
    for path, content in _before.items():
        path.write_bytes(content)
