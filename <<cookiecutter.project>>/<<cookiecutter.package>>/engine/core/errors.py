"""How errors reach the person at the keyboard."""

import os

TRACEBACK = "SHOW_TRACEBACK"  # environment variable


class InputError(Exception):
    """Bad input: its text is one sentence that says what was found, what was expected and what to do.

    It is shown without a traceback (SHOW_TRACEBACK=1 asks for one), with exit code 1, and a new run folder goes.
    """

    path = ""  # of the part of the config that it is about, once `build` has put it before the sentence


class JobError(Exception):
    """A job ended in an error whose traceback was shown and stands in train.log."""


def first_line(error: Exception) -> str:
    """Kind and first line of an error, for a sentence of ours."""
    if type(error).__name__ == "UnpicklingError":  # torch's own words advise to run what is in the file
        return "it is no file of plain tensors"
    return f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}".removesuffix(": ")


def traceback_wanted() -> bool:
    """Whether the environment asks for tracebacks of bad input."""
    return os.environ.get(TRACEBACK, "0") not in ("", "0")
