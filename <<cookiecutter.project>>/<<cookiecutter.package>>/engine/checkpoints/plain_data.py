"""Conversion of plain data (JSON types and tuples) to text and back, without loss."""

import json
from collections.abc import Mapping
from typing import Any

from ..core.errors import InputError

TUPLE = "(tuple)"  # JSON has no tuples: a tuple is {"(tuple)": [...]}


def dumps(data: object) -> str:
    """Convert plain data to text, for `loads`.

    Raises:
        TypeError, ValueError: the data are not plain.
    """
    text = json.dumps(_marked(data))
    if loads(text) != data:  # keys that are numbers, NaN
        raise ValueError("JSON does not restore the same values")
    return text


def check(data: object) -> None:
    """Check that data are plain.

    Raises:
        InputError: the data are not plain.
    """
    try:
        dumps(data)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"A checkpoint holds only plain data, and {error}: change the arguments in the config."
        ) from error


def loads(text: str) -> Any:
    """Restore data from the text of `dumps`."""
    return json.loads(text, object_hook=lambda value: tuple(value[TUPLE]) if set(value) == {TUPLE} else value)


def _marked(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _marked(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        items = [_marked(item) for item in value]
        return {TUPLE: items} if isinstance(value, tuple) else items
    return value
