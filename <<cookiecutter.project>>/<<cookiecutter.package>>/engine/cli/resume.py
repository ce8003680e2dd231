"""Resume of a run in its folder and with its config: `resume=<run folder>`."""

import re
from collections.abc import Sequence
from pathlib import Path

from ..checkpoints.checksums import sound_checkpoint
from ..core.errors import InputError
from ..core.job_record import record_of
from ..core.paths import CONFIGS
from ..core.run_lock import hold, holder_of, is_held, release
from ..core.slurm import job_id
from ..core.stored_config import KEPT as KEPT_RECORDS
from ..core.stored_config import check_records, choices_word, start_words, stored_config
from .kept_records import put_back_records

PACKAGE = __name__.split(".")[0]
WORD = "resume="
AUTO = "auto"
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
    if {"-m", "--multirun"} & set(rest):
        raise InputError("resume= continues one run: remove -m.")
    if folders[-1] == AUTO:
        found = unfinished_run(rest)
        if found is None:
            return rest
        folders, rest = [str(found)], [word for word in rest if word not in start_words(found)]
    folder = Path(folders[-1]).resolve()
    if folder.is_dir():
        hold(folder)
        put_back_records(folder)
    if not (folder / ".hydra" / "config.yaml").is_file():
        release(folder)
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
    records = [*folder.glob(".hydra/*"), folder / "reproduce.yaml", folder / KEPT_RECORDS]
    _before.update({path: path.read_bytes() for path in records if path.is_file()})
    options = ["--config-path", str(folder / ".hydra"), "--config-name", "config"]
    return [*options, *rest, f"{WORD}{folder}", f"hydra.run.dir={folder}", *choices_word(folder)]


def unfinished_run(words: Sequence[str]) -> Path | None:
    """Newest run of `name` that has not finished and is not running; in a job of SLURM, the run of this job.

    None if there is none.
    """
    names = [word.partition("=")[2] for word in words if word.startswith("name=")]
    runs = sorted(Path("logs", names[-1] if names else "default").glob("*/.hydra/config.yaml"), key=_time, reverse=True)
    for run in (path.parents[1] for path in runs):
        if record_of(run).get("state") == "finished":
            continue
        if (job := job_id()) is not None and holder_of(run).get("slurm_job") != job:
            continue
        if job is not None or not is_held(run):
            return run
    return None


def _time(path: Path) -> float:
    return path.stat().st_mtime


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
