"""Plain data (what JSON knows, and tuples) as text, and back to the same."""

import json
from collections.abc import Mapping
from typing import Any

from ..core.errors import InputError

TUPLE = "(tuple)"  # JSON has lists alone: a tuple is {"(tuple)": [...]}


def dumps(data: Any) -> str:
    """The text that `loads` reads.

    Raises:
        TypeError, ValueError: the data are not plain.
    """
    text = json.dumps(_marked(data))
    if loads(text) != data:  # keys that are numbers, NaN
        raise ValueError("what comes back from JSON is not the same")
    return text


def check(data: Any) -> None:
    """
    Raises:
        InputError: the data are not plain.
    """
    try:
        dumps(data)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"A checkpoint holds plain data alone, and {error}: change the arguments in the config."
        ) from error


def loads(text: str) -> Any:
    """What `dumps` was given."""
    return json.loads(text, object_hook=lambda value: tuple(value[TUPLE]) if set(value) == {TUPLE} else value)


def _marked(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _marked(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        items = [_marked(item) for item in value]
        return {TUPLE: items} if isinstance(value, tuple) else items
    return value
