"""Lines for the log file of a job alone, whose terminal shows the same in another way."""

import logging


def write_line(text: str) -> None:
    """Write a line to the log files of this process."""
    record = logging.LogRecord(__name__, logging.INFO, __file__, 0, text, None, None)
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.FileHandler):
            handler.handle(record)
