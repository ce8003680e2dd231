"""Ends of a process in one sentence."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..core.disk import full_disk
from ..core.errors import InputError, JobError, traceback_wanted
from .jobs import first_line
from .resume import restore


@contextmanager
def in_sentences() -> Iterator[None]:
    """End the process with one sentence after bad input, a failed job, a full disk or Ctrl-C."""
    try:
        yield
    except InputError as error:
        if traceback_wanted():
            raise
        sys.exit(f"error: {error}")
    except JobError:
        sys.exit(1)
    except OSError as error:  # Hydra writes its files before the job begins
        if full := full_disk(error, Path.cwd()):
            with suppress(OSError):
                restore()
            sys.exit(f"error: {full}")
        if traceback_wanted():
            raise
        place = error.filename or "a file"
        sys.exit(f"error: {place} cannot be read or written ({first_line(error)}): is it the folder of the job?")
    except KeyboardInterrupt:
        sys.exit(130)
