"""Composed configs as they are written, before interpolations are resolved: keys, references and the run folder."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from omegaconf import DictConfig


def odd_keys(content: Any, path: str = "") -> Iterator[str]:
    """Sentences about keys that YAML does not read as text."""
    for name, value in content.items() if isinstance(content, dict) else ():
        if isinstance(name, str):
            yield from odd_keys(value, f"{path}{name}.")
        else:
            kind = type(name).__name__
            yield f"{path}{name} is a key that YAML reads as {kind}, expected a text: write it in quotes."


def wrong_folder(config: DictConfig, raw: Any) -> Iterator[str]:
    """Sentence about a run folder that is not new."""
    folder = raw["hydra"]["run"]["dir"]
    if config.get("resume") is not None or "${" in str(folder):
        return
    if not folder:
        yield f"hydra.run.dir = {folder!r}: expected a folder."
    elif Path(folder).is_dir() and any(Path(folder).iterdir()):
        yield f"hydra.run.dir = {folder}: the folder is not empty, expected a new one for a new run."


def sources(content: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Path of each key whose value is `${<another key>}`, and that of the other key."""
    for name, value in content.items() if isinstance(content, dict) else ():
        yield from sources(value, f"{path}{name}.")
        if isinstance(value, str) and (match := re.fullmatch(r"\$\{([\w.]+)\}", value)):
            yield f"{path}{name}", match[1]
