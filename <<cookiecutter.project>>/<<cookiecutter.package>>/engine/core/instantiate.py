"""Instantiation of objects from the config, with the config path in error messages."""

import re
from functools import partial
from typing import Any

from hydra.core.hydra_config import HydraConfig
from hydra.utils import instantiate

from .compat import execution_whitelist, failure_of
from .disk import full_disk
from .errors import InputError, failure
from .masking import check_unmasked
from .paths import CONFIGS
from .plain import Config
from .schemas import allowed_packages

ABSTRACT = re.compile(r"abstract class (\w+) with.* (abstract methods? .*)")


class Factory(partial[Any]):
    """Partial of `_partial_: true` that adds the config path to an InputError of its call."""

    path: str
    hydra: partial[Any]

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        try:
            return self.hydra(*arguments, **named)
        except InputError as error:
            _locate(error, self.path)
            raise
        except Exception as error:
            raise _failure(error, self.path) from error


def build(config: Config, name: str, *arguments: Any, **named: Any) -> Any:
    """Build the object of `config[name]`; `arguments` and `named` are objects that a config cannot hold.

    Raises:
        InputError: raised by the object's class, with the config path and the chosen file before its sentence:
            `scheduler (configs/scheduler/cosine.yaml): …`. Any other error becomes one, unless a disk is full.
    """
    try:
        check_unmasked(config[name], name)
        with execution_whitelist([f"{package}.*" for package in allowed_packages(name)]):
            if not arguments and not named:
                return _with_paths(instantiate(config[name], _convert_="all"), name)
            # Called here, because Hydra would copy the arguments.
            return instantiate(config[name], _convert_="all", _partial_=True)(*arguments, **named)
    except Exception as error:
        cause, key = failure_of(error)
        path = f"{name}.{key}".removesuffix(".")
        if isinstance(cause, InputError):
            _locate(cause, path)
            raise cause from None
        raise _failure(cause, path) from cause


def _with_paths(built: Any, path: str) -> Any:
    """Replace each partial in a built object by a Factory with its config path."""
    if isinstance(built, partial):
        factory = Factory(built.func, *built.args, **built.keywords)
        factory.path, factory.hydra = path, built  # Hydra's partial checks the call again
        return factory
    if type(built) is dict:
        return {name: _with_paths(part, f"{path}.{name}") for name, part in built.items()}
    if type(built) is list:
        return [_with_paths(part, f"{path}.{index}") for index, part in enumerate(built)]
    return built


def _failure(error: Exception, path: str) -> Exception:
    if full_disk(error, CONFIGS):
        return error
    sentence = failure(f"{path}{_file_of(path)} fails", error)
    if isinstance(error, TypeError) and (match := ABSTRACT.search(str(error))):
        sentence = InputError(f"{path}{_file_of(path)}: {match[1]} lacks the {match[2]}: add it.")
    sentence.path = path
    return sentence


def _locate(error: InputError, path: str) -> None:
    """Put the config path before the sentence, unless it already has one."""
    sentence = str(error)
    if not error.path and not any(sentence.startswith(f"{path}{sign}") for sign in ". =:,"):
        error.args = (f"{path}{_file_of(path)}: {sentence}",)
    error.path = error.path or path


def _file_of(path: str) -> str:
    """` (configs/<group>/<choice>.yaml)` of the group at or above a config path; empty without a chosen file."""
    choices = HydraConfig.get().runtime.choices if HydraConfig.initialized() else {}
    moved = {package: group for group, _, package in (key.partition("@") for key in choices) if package}
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        package = ".".join(parts[:length])
        group = moved.get(package, package.replace(".", "/"))
        choice = choices.get(f"{group}@{package}" if package in moved else group)
        file = CONFIGS / group / f"{choice}.yaml"
        if file.is_file():
            return f" (configs/{group}/{file.name})"
    return ""
