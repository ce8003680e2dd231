"""Resume of a run in its folder and with its config: `resume=<run folder>`."""

import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import yaml

from ..checkpoints.checksums import sound_checkpoint
from ..core.errors import InputError
from ..core.paths import CONFIGS
from ..core.stored_config import check_records, stored_config

PACKAGE = __name__.split(".")[0]
WORD = "resume="
KEPT = (
    "monitor", "model", "network", "optimizer", "scheduler", "network_options.freeze", "seed", "dataset", "data",
    "validation",
)  # fmt: skip
"""Keys fixed by the checkpoint or the split: with another split, a run would validate on its training samples."""
FREE = ("data.batch_size", "data.num_workers", "data.cache")
"""Keys below `KEPT` that may change."""
_before: dict[Path, bytes] = {}


def rewrite(words: Sequence[str]) -> list[str]:
    """Replace `resume=` in a command line by the options with which Hydra continues in that folder.

    Raises:
        InputError: the folder is not a run that can be resumed, or an override would change what it keeps.
    """
    folders = [word.partition("=")[2] for word in words if word.lstrip("+").startswith(WORD)]
    if not folders or folders[-1] in ("", "null"):
        return list(words)
    rest = [word for word in words if not word.lstrip("+").startswith(WORD)]
    folder = Path(folders[-1]).resolve()
    if {"-m", "--multirun"} & set(rest):
        raise InputError("resume= continues one run: remove -m.")
    if not (folder / ".hydra" / "config.yaml").is_file():
        raise InputError(
            f"resume={folders[-1]} cannot be resumed, .hydra/config.yaml is missing: expected the folder of a run, "
            "logs/<name>/<time>-<suffix>."
        )
    _check_package(folder)
    check_records(folder)
    stored_config(folder)
    for word in rest:
        if word.lstrip("+~").startswith("warm_start"):
            raise InputError(f"resume= continues with the weights of the run: remove {word}.")
        key = word.lstrip("+~").partition("=")[0]
        if not (CONFIGS / key).is_dir() and _is_below(key, KEPT) and not _is_below(key, FREE):
            sound = sound_checkpoint(folder)
            other = f", or start a new run with warm_start.checkpoint={sound}" if sound else ""
            raise InputError(f"A resumed run keeps the {key.partition('.')[0]} of its start: remove {word}{other}.")
        if (CONFIGS / key.partition("@")[0]).is_dir():
            raise InputError(
                f"resume= continues with the config of the run, and {word} would replace a part of it: remove it. "
                "Single values, like trainer.max_epochs=40, can be changed."
            )
    _before.update({path: path.read_bytes() for path in [*folder.glob(".hydra/*"), folder / "reproduce.yaml"]})
    options = ["--config-path", str(folder / ".hydra"), "--config-name", "config"]
    dataset = choice_of(folder, "dataset")  # the composed config has no groups: Hydra would record no choice
    choices = [f"++hydra.runtime.choices.dataset={dataset}"] if dataset else []
    return [*options, *rest, f"{WORD}{folder}", f"hydra.run.dir={folder}", *choices]


def choice_of(folder: Path, group: str) -> str | None:
    """Name of the config that a run chose in a group; None if the records of the run do not tell."""
    with suppress(OSError, LookupError, TypeError, yaml.YAMLError):
        saved = yaml.safe_load((folder / ".hydra" / "hydra.yaml").read_text(encoding="utf-8"))
        choice = saved["hydra"]["runtime"]["choices"][group]
        return choice if isinstance(choice, str) and re.fullmatch(r"[\w./-]+", choice) else None
    return None


def _is_below(key: str, keys: Sequence[str]) -> bool:
    return f"{key}.".startswith(tuple(f"{each}." for each in keys))


def _check_package(folder: Path) -> None:
    """Check that the run is one of this package: else each class in its config would be reported as missing."""
    match = re.search(r"^model:\n  _target_: (\w+)\.", (folder / ".hydra" / "config.yaml").read_text(), re.MULTILINE)
    if match and match[1] != PACKAGE:
        raise InputError(f"{folder} is a run of {match[1]}, and this is {PACKAGE}: resume it there.")


def restore() -> None:
    """Restore the records of a run after a refused resume."""
    for path, content in _before.items():
        path.write_bytes(content)
