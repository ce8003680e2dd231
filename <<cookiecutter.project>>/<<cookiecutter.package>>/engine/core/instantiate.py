"""From a part of the config to the object it describes."""

from collections.abc import Mapping
from typing import Any

from hydra.errors import InstantiationException
from hydra.utils import instantiate

from .errors import InputError


def build(config: Mapping[str, Any], name: str, *arguments: Any, **named: Any) -> Any:
    """Make `config[name]`. What cannot stand in a config (objects) comes as further arguments.

    Raises:
        InputError: as the object's class raised it. Any other error gets a note with the config path and the target.
    """
    try:
        if not arguments and not named:
            return instantiate(config[name], _convert_="all")
        # Called here and not by Hydra, which would copy the arguments.
        return instantiate(config[name], _convert_="all", _partial_=True)(*arguments, **named)
    except InstantiationException as error:
        cause = error.__cause__ or error
        if not isinstance(cause, InputError):
            cause.add_note(f"while making '{name}': {str(error).splitlines()[0]}")
        raise cause from None
