"""From a part of the config to the object it describes."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.utils import instantiate

from .compat import execution_whitelist, failure_of
from .errors import InputError
from .paths import CONFIGS
from .schemas import allowed_packages


class Factory(partial[Any]):
    """What `_partial_: true` makes; an InputError of its call names the config path."""

    path: str
    hydra: partial[Any]

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        try:
            return self.hydra(*arguments, **named)
        except InputError as error:
            _locate(error, self.path)
            raise


def build(config: Mapping[str, Any], name: str, *arguments: Any, **named: Any) -> Any:
    """Make `config[name]`. What cannot stand in a config (objects) comes as further arguments.

    Raises:
        InputError: as the object's class raised it, behind the config path and the file that the job has chosen for it,
            `scheduler (configs/scheduler/cosine.yaml): …`. Any other error gets a note with the config path.
    """
    try:
        with execution_whitelist([f"{package}.*" for package in allowed_packages(name)]):
            if not arguments and not named:
                return _named(instantiate(config[name], _convert_="all"), name)
            # Called here and not by Hydra, which would copy the arguments.
            return instantiate(config[name], _convert_="all", _partial_=True)(*arguments, **named)
    except Exception as error:
        cause, key = failure_of(error)
        path = f"{name}.{key}".removesuffix(".")
        if isinstance(cause, InputError):
            _locate(cause, path)
        else:
            cause.add_note(f"while making '{path}'{_file_of(path)}: {str(error).partition(chr(10))[0]}")
        raise cause from None


def _named(made: Any, path: str) -> Any:
    """The same, with each partial in it as a Factory."""
    if isinstance(made, partial):
        factory = Factory(made.func, *made.args, **made.keywords)
        factory.path, factory.hydra = path, made  # Hydra's own checks the call once more
        return factory
    if type(made) is dict:
        return {name: _named(part, f"{path}.{name}") for name, part in made.items()}
    if type(made) is list:
        return [_named(part, f"{path}.{place}") for place, part in enumerate(made)]
    return made


def _locate(error: InputError, path: str) -> None:
    """Put the config path before the sentence, where no path stands there yet."""
    sentence = str(error)
    if not error.path and not any(sentence.startswith(f"{path}{sign}") for sign in ". =:,"):
        error.args = (f"{path}{_file_of(path)}: {sentence}",)
    error.path = error.path or path


def _file_of(path: str) -> str:
    """` (configs/<group>/<choice>.yaml)` of the group at or above a config path; empty if this job has chosen none."""
    choices = HydraConfig.get().runtime.choices if HydraConfig.initialized() else {}
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        group = "/".join(parts[:length])
        file = CONFIGS / group / f"{choices.get(group)}.yaml"
        if file.is_file():
            return f" (configs/{group}/{file.name})"
    return ""
