"""Configs stored in run folders, read only if they name nothing but code of this project."""

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from .config_targets import misplaced
from .errors import InputError, first_line
from .plain import PlainData

RECORDS = (".hydra/config.yaml", ".hydra/hydra.yaml", ".hydra/overrides.yaml")
KEPT = "records.json"
"""Copy of the records, and the words of the command line that has started the run."""
COMPOSING = ("hydra", "defaults")  # keys with which a config chooses other files, or what Hydra itself runs


def stored_config(folder: Path, resolve: bool = True) -> PlainData:
    """Read the config of the run in `folder`; its interpolations are resolved unless `resolve` is false.

    Raises:
        InputError: the file is not a config, or it could run code that no config of this project names.
    """
    from omegaconf import OmegaConf  # imported here: predicting needs no config
    from omegaconf.errors import OmegaConfBaseException

    path = folder / RECORDS[0]
    try:
        text = path.read_text(encoding="utf-8")
        config = OmegaConf.load(path)
        content: Any = OmegaConf.to_container(config, resolve=False)
        if not isinstance(content, dict) or not content:
            raise InputError(f"{path} holds no config: expected a mapping.")
        _refuse(path, text, content)
        if resolve:
            config.output_dir = str(folder)  # an interpolation that Hydra resolves only during the run
            content = OmegaConf.to_container(config, resolve=True)
            _refuse(path, text, content)  # a reference may have put a part at another place
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError, OmegaConfBaseException) as error:
        raise InputError(f"{path} cannot be read ({first_line(error)}): expected the config of a run.") from error
    return dict(content)


def check_records(folder: Path) -> None:
    """Check that Hydra finds no other configs in the records of a run, since they could replace its own.

    Raises:
        InputError: there is another config, or a folder.
    """
    expected = {folder / name for name in RECORDS}
    for path in sorted((folder / ".hydra").iterdir()):
        if path.is_dir() or (path.suffix in (".yaml", ".yml") and path not in expected):
            raise InputError(f"{path} is no record of a run: remove it, or do not resume a run of unknown origin.")


def _refuse(path: Path, text: str, content: PlainData) -> None:
    """Raise an InputError that names the first part of a config that Hydra would run or compose."""
    if name := next((name for name in COMPOSING if name in content), None):
        found = f"it has the key {name!r}, which a stored config lacks"
    elif re.search(r"^\s*#\s*@", text, re.MULTILINE):
        found = "it has a directive of Hydra (# @…), which a stored config lacks"
    else:
        found = next(misplaced(content), "")
    if found:
        raise InputError(f"{path} could run code that is not of this project: {found}.")


def choice_of(folder: Path, group: str) -> str | None:
    """Name of the config that a run chose in a group; None if the records of the run do not tell."""
    return choices_of(folder).get(group)


def choices_of(folder: Path) -> dict[str, str]:
    """Name of the config that a run chose in each group, as far as its records tell."""
    with suppress(OSError, LookupError, TypeError, AttributeError, yaml.YAMLError):
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # takes a tenth of the time
        saved = yaml.load((folder / RECORDS[1]).read_text(encoding="utf-8"), loader)
        found = saved["hydra"]["runtime"]["choices"].items()
        return {name: each for name, each in found if isinstance(each, str) and re.fullmatch(r"[\w./-]+", each)}
    return {}


def choices_word(folder: Path) -> list[str]:
    """Word that records the choices of a run once more: a stored config has no groups of which Hydra would know."""
    found = choices_of(folder).items()
    own = ",".join(f"{group}:'{name}'" for group, name in found if re.fullmatch(r"(?!hydra/)[\w/@.-]+", group))
    return [f"++hydra.runtime.choices={{{own}}}"] if own else []


def start_words(folder: Path) -> list[str]:
    """Words of the command line that has started a run; those of a resume are others."""
    with suppress(OSError, ValueError, LookupError, TypeError):
        return list(map(str, json.loads((folder / KEPT).read_text(encoding="utf-8"))["words"]))
    with suppress(OSError, yaml.YAMLError, TypeError):
        return list(map(str, yaml.safe_load((folder / RECORDS[2]).read_text(encoding="utf-8"))))
    return []
