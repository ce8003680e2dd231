"""A dataset config says two things: what the dataset is, and how the data module serves it."""

from collections.abc import Mapping
from inspect import Parameter, signature
from typing import Any

from .datamodule import DataModule


def arguments_of(arguments: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arguments of a dataset config in two: those of the dataset's class, and those of the data module."""
    loading = defaults()
    source = {name: value for name, value in arguments.items() if name not in loading}
    return source, {name: value for name, value in arguments.items() if name in loading}


def defaults() -> dict[str, Any]:
    """What the data module's part of a dataset config says where nothing else is said."""
    parameters = signature(DataModule).parameters.values()
    return {parameter.name: parameter.default for parameter in parameters if parameter.kind is Parameter.KEYWORD_ONLY}
