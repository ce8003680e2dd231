"""Plan of a sweep from its command line."""

import math
import shlex
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec

from ..core.errors import InputError
from ..core.plain import Config
from ..sweeps.plan import Plan, Search
from .jobs import OPTIONS, TRIALS, grid, is_search, parse
from .search_space import space_of
from .sweep_table import WORD, rows_of


def plan_of(words: Sequence[str], config: Config) -> Plan:
    """Plan of the overrides of a command line, whose first job has the `config`.

    Raises:
        InputError: a search has a table, or nothing to search.
    """
    jobs: list[list[str]] = []
    notes: list[dict[str, str]] = []
    search = _search(words, config) if is_search(words) else None
    if not search and (
        idle := [word for word in words if word.lstrip("+").startswith("search.") and TRIALS not in word]
    ):
        raise InputError(f"'{idle[0]}' has no effect without a search: add {TRIALS}=<jobs>, or leave it out.")
    if search:
        jobs = [[override.input_line or "" for override in parse(own_words(words)) if not override.is_sweep_override()]]
    else:
        for row in rows_of(words):
            own = list(grid(own_words([*words, *row.words])))
            jobs, notes = [*jobs, *own], [*notes, *[row.notes] * len(own)]
    return Plan(
        own_words(words),
        jobs,
        config["monitor"]["metric"],
        config["monitor"]["mode"],
        config["test"],
        sorted(set(_modules(config))),
        notes,
        search,
    )


def described(plan: Plan) -> list[str]:
    """Commands of the jobs; of a search the command with what is searched."""
    if not plan.search:
        return [shlex.join(["python", "train.py", *job]) for job in plan.jobs]
    lines = [f"{plan.search.trials} jobs, with values that {plan.search.sampler} chooses, of:"]
    lines.append(shlex.join(["python", "train.py", *plan.jobs[0]]))
    for key, values in plan.search.space.items():
        if "choices" in values:
            lines.append(f"  {key}: {', '.join(values['choices'])}")
        else:
            steps = f", in steps of {values['step']}" if values["step"] else ""
            log = ", logarithmic" if values["log"] else ""
            lines.append(f"  {key}: {values['low']} to {values['high']}{steps}{log}")
    return lines


def _search(words: Sequence[str], config: Config) -> Search:
    if any(word.lstrip("+").startswith(WORD) for word in words):
        raise InputError(f"{TRIALS} and {WORD.removesuffix('=')} exclude each other: a table lists its values.")
    options = config["search"]
    if options["also"] and options["pruner"] != "none":
        raise InputError(
            f"search.pruner={options['pruner']} compares one score, and search.also names further ones "
            f"({', '.join(options['also'])}): leave one of the two out."
        )
    space = space_of(own_words(words))
    if options["sampler"] == "cmaes":
        _check_cmaes(space, options["also"])
    combinations = math.prod(len(values.get("choices", ())) or math.inf for values in space.values())
    if combinations < options["trials"]:
        raise InputError(
            f"{TRIALS}={options['trials']}, and the listed values have only {combinations} combinations: leave "
            f"{TRIALS} out, and each is trained once."
        )
    return Search(
        space,
        options["trials"],
        options["sampler"],
        options["pruner"],
        config["seed"],
        dict(options["also"]),
        options["storage"],
    )


def _check_cmaes(space: Mapping[str, Mapping[str, object]], also: Mapping[str, str]) -> None:
    if find_spec("cmaes") is None:
        raise InputError("search.sampler=cmaes needs the package cmaes: uv sync --group cmaes.")
    if also:
        raise InputError(f"search.sampler=cmaes seeks one score, and search.also names {', '.join(also)}: use nsgaii.")
    if all("choices" in values for values in space.values()):
        raise InputError("search.sampler=cmaes needs an interval or a range; choices alone it draws: use tpe.")


def own_words(words: Sequence[str]) -> list[str]:
    """Words without the options of the sweep itself."""
    names = [word.lstrip("+").partition("=")[0].partition(".")[0] for word in words]
    return [word for word, name in zip(words, names, strict=True) if name not in OPTIONS]


def _modules(node: object) -> Iterator[str]:
    """Modules of the classes in a config."""
    if isinstance(node, Mapping):
        if isinstance(target := node.get("_target_"), str):
            yield target.rpartition(".")[0]
        for each in node.values():
            yield from _modules(each)
