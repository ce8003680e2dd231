"""The one exception that is meant for the person at the keyboard."""


class InputError(Exception):
    """Bad input: its text is one sentence that says what was found, what was expected and what to do.

    It is shown without a traceback, the exit code is 1, and a run folder that was new is removed.
    """


class JobError(Exception):
    """A job ended in an error whose traceback was shown and stands in train.log."""
