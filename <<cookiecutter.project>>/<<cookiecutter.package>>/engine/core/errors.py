"""Exceptions and error messages for the user."""

import os
from pathlib import Path
from traceback import extract_tb

ENGINE = Path(__file__).parents[1]
PROJECT = ENGINE.parents[1]
TRACEBACK = "SHOW_TRACEBACK"  # environment variable


class InputError(Exception):
    """Bad input, with one sentence as message: the value found, the expected values, and a remedy.

    Shown without a traceback (unless SHOW_TRACEBACK=1), with exit code 1; a new run folder is removed.
    """

    path = ""  # config path that `build` has put before the sentence


class NonFiniteError(FloatingPointError):
    """A value in training, validation or test is NaN or infinite; shown without a traceback, the run folder stays."""


class JobError(Exception):
    """Failure of a job whose traceback was already shown and logged."""


def first_line(error: BaseException) -> str:
    """Type and first line of an error, as part of a sentence."""
    if type(error).__name__ == "UnpicklingError":  # torch's message advises to execute the file
        return "it is not a file of plain tensors"
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}".removesuffix(": ")


def shortened(value: object, longest: int = 60) -> str:
    """Text of a value, cut to `longest` characters."""
    text = str(value)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def failure(what: str, error: Exception, hint: str = "") -> InputError:
    """Sentence for an error that the owner's code has raised, with the last line of that code."""
    files = [(Path(frame.filename), frame.lineno) for frame in extract_tb(error.__traceback__)]
    own = [item for item in files if item[0].is_relative_to(ENGINE.parent) and not item[0].is_relative_to(ENGINE)]
    where = f", {own[-1][0].relative_to(PROJECT)} line {own[-1][1]}" if own else ""
    return InputError(f"{what} ({first_line(error)}{where}){hint}: {TRACEBACK}=1 shows the traceback.")


def traceback_wanted() -> bool:
    """Whether the environment asks for tracebacks of bad input."""
    return os.environ.get(TRACEBACK, "0") not in ("", "0")
