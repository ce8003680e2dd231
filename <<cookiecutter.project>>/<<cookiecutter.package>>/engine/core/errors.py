"""Exceptions and error messages for the user."""

import os

TRACEBACK = "SHOW_TRACEBACK"  # environment variable


class InputError(Exception):
    """Bad input, with one sentence as message: the value found, the expected values, and a remedy.

    Shown without a traceback (unless SHOW_TRACEBACK=1), with exit code 1; a new run folder is removed.
    """

    path = ""  # config path that `build` has put before the sentence


class JobError(Exception):
    """Failure of a job whose traceback was already shown and logged."""


def first_line(error: Exception) -> str:
    """Type and first line of an error, as part of a sentence."""
    if type(error).__name__ == "UnpicklingError":  # torch's message advises to execute the file
        return "it is no file of plain tensors"
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}".removesuffix(": ")


def traceback_wanted() -> bool:
    """Whether the environment asks for tracebacks of bad input."""
    return os.environ.get(TRACEBACK, "0") not in ("", "0")
