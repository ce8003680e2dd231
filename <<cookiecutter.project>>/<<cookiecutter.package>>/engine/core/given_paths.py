"""Runs and inputs that a command line names: whether they are there, before anything heavy is imported."""

from collections.abc import Sequence
from glob import has_magic
from pathlib import Path

from .errors import InputError

PAGE_OR_COMPARISON = "expected either run=<folder> for the page of a run, or runs=[a,b] for a comparison."
HUB = "hf://"  # before the repository of a run on the Hugging Face Hub
NO_INPUTS = "inputs is missing: expected a file, a folder, a pattern, an archive or a table."


def check_runs(patterns: str | Sequence[str] | None, key: str = "run") -> list[str]:
    """Paths and patterns of runs.

    Raises:
        InputError: there is none, or a path does not exist.
    """
    if not patterns:
        raise InputError(f"{key} is missing: expected {key}=logs/<name>/<time>-<suffix>.")
    words = [patterns] if isinstance(patterns, str) else list(patterns)
    for word in words:
        if not has_magic(word) and not word.startswith(HUB):
            check_run(Path(word))
    return words


def check_run(run: Path) -> None:
    """Check that a run folder or checkpoint exists.

    Raises:
        InputError: it does not.
    """
    if not run.exists():
        raise InputError(f"{run} does not exist: expected the folder of a run, or a checkpoint in it.")


def check_inputs(word: str | None) -> str:
    """File, folder or pattern of inputs.

    Raises:
        InputError: there is none, or it does not exist.
    """
    if not word:
        raise InputError(NO_INPUTS)
    if not has_magic(word) and not Path(word).exists():
        raise InputError(f"inputs={word} does not exist: {NO_INPUTS.partition(': ')[2]}")
    return word
