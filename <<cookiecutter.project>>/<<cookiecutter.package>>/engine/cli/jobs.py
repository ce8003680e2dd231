"""Jobs of a command line, as lists of overrides."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import product
from typing import Any

from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import IntervalSweep, Override, RangeSweep
from hydra.errors import HydraException
from omegaconf import DictConfig

from ..core.compat import BASIC_SWEEPER
from ..core.errors import InputError
from .sweep_table import rows_of

TRIALS = "search.trials"
OPTIONS = ("sweep", "search", "launcher")  # groups and keys of a sweep, not of its jobs


def is_search(words: Sequence[str]) -> bool:
    """Whether a command line asks for a search: `search.trials` is given, and not 0."""
    trials = [word.partition("=")[2] for word in words if word.lstrip("+").partition("=")[0] == TRIALS]
    return bool(trials) and trials[-1] != "0"


def parse(words: Sequence[str]) -> list[Override]:
    """Parse the overrides of a command line.

    Raises:
        InputError: a word is not an override.
    """
    overrides = [_parsed(word) for word in words]
    for override in overrides:
        if not override.key_or_group:
            raise InputError(f"'{override.input_line}' has no key (an override is key=value).")
    return overrides


def _parsed(word: str) -> Override:
    parser = OverridesParser.create(GlobalHydra.instance().config_loader())
    try:
        (override,) = parser.parse_overrides([word])
        return override
    except HydraException as error:
        sentence = f"'{word}' cannot be read (an override is key=value)"
        key, _, value = word.partition("=")
        quoted = f"{key}='{value}'"
        with suppress(HydraException):
            if value and "'" not in value and parser.parse_overrides([quoted]):
                sentence += f': write "{quoted}" if it is meant as a text'
        raise InputError(f"{sentence}.") from error


def first_line(error: Exception) -> str:
    """First line of an error of Hydra or OmegaConf, with its key; two lines if the first ends in a colon."""
    key = getattr(error, "full_key", None)
    first, _, rest = str(error).strip().partition("\n")
    if first.endswith(":"):
        first += f" {rest.strip().partition(chr(10))[0]}"
    return (f"{key}: " if key else "") + (first or type(error).__name__)


def single_job(words: Sequence[str]) -> list[str]:
    """Overrides of a job without -m.

    Raises:
        InputError: an override has several values, or is an option of a sweep.
    """
    for override in parse(words):
        if override.key_or_group.partition(".")[0] in OPTIONS:
            raise InputError(f"'{override.input_line}' is an option of many jobs: add -m.")
        if override.is_sweep_override():
            raise InputError(
                f"'{override.input_line}' names several values: add -m for one job each, or [ ] for a list."
            )
    return list(words)


def first_job(words: Sequence[str]) -> list[str]:
    """Overrides of a job with the first value of every sweep, and the first row of a table."""
    words = [*words, *rows_of(words)[0].words]
    return [values[0] for values in _by_key(words, ends=True).values()]


def all_jobs(words: Sequence[str], sweeper: DictConfig) -> Iterator[list[str]]:
    """Yield the overrides of every job of Hydra's basic sweeper.

    A search and other sweepers choose the values themselves: for these, each listed value and each end of a range is in
    a job.

    Raises:
        InputError: an override has an interval, and there is no search.
    """
    words = [*_parameters(sweeper), *words]
    if sweeper.get("_target_") == BASIC_SWEEPER and not is_search(words):
        for row in rows_of(words):
            yield from grid([*words, *row.words])
        return
    values = _by_key(words, ends=True)
    first = {key: each[0] for key, each in values.items()}
    yield list(first.values())
    for key, each in values.items():
        yield from (list((first | {key: word}).values()) for word in each[1:])


def grid(words: Sequence[str]) -> Iterator[list[str]]:
    """Yield the overrides of a job for each combination of the listed values.

    Raises:
        InputError: an override has an interval.
    """
    yield from map(list, product(*_by_key(words, ends=False).values()))


def _parameters(sweeper: DictConfig) -> list[str]:
    """Overrides in the config of a sweeper: most sweepers have `params`, with values as on the command line."""
    params: Any = sweeper.get("params")
    plain = params.items() if isinstance(params, Mapping) else ()
    return [f"{key}={value}" for key, value in plain if isinstance(value, str | int | float)]


def _by_key(words: Sequence[str], ends: bool) -> dict[str, list[str]]:
    """Overrides with a single value by key; the last override of a key wins."""
    return {override.get_key_element(): _values(override, ends) for override in parse(words)}


def _values(override: Override, ends: bool) -> list[str]:
    if not override.is_sweep_override():
        return [str(override.input_line)]
    key, sweep = override.get_key_element(), override.value()
    if isinstance(sweep, IntervalSweep) and not ends:
        raise InputError(
            f"'{override.input_line}' is an interval: search.trials=<jobs> searches it, or list its values, as in "
            f"{key}={sweep.start},{sweep.end}."
        )
    if isinstance(sweep, IntervalSweep):
        return [f"{key}={sweep.start}", f"{key}={sweep.end}"]
    if isinstance(sweep, RangeSweep) and ends:
        return [f"{key}={sweep.start}", f"{key}={sweep.stop}"]
    return [f"{key}={value}" for value in override.sweep_string_iterator()]
