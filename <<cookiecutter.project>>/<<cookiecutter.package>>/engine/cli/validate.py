"""Validation of a composed config against schemas and the signatures of its targets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from math import isfinite
from typing import Any

from ..core.errors import InputError
from ..core.paths import CONFIGS
from ..core.plain import Config, Schema
from ..core.schemas import HYDRA_KEYS, allowed_packages, has_schema, in_words, schema
from .compatibility import incompatible
from .keys import Key, arguments_of, blocks, nearest
from .signatures import signature_of
from .validation_sets import wrong_validation

TYPO, LOOSE = 0.8, 0.5  # minimum ratios of difflib for similar names


@dataclass(frozen=True)
class Unknown:
    """Key that does not exist, with the known names at its level."""

    name: str
    known: list[str]
    reason: str = "there is no such key"


Problem = tuple[str, str | Unknown]  # the config path, and the rest of the sentence


def check(config: Config, name: str = "train", only: str = "", sources: Mapping[str, str] | None = None) -> list[str]:
    """List the mistakes in a resolved config, one sentence each.

    `schemas/<name>.json` describes the root, `schemas/<group>.json` a group beyond the signatures of its targets.
    `only`: start of the names of the groups to check. `sources`: for keys with the value of another key, its path; a
    wrong value is reported there only.
    """
    problems = {} if only else dict(_against(schema(name), config, ""))
    for group, content in config.items():
        if group.startswith(only) and has_schema(group) and isinstance(content, Mapping):
            if group in ("dataset", "data") and name == "evaluate":
                continue  # they change the config of a run, and are checked together with it
            if "_target_" in content and isinstance(schema(group).get("additionalProperties"), Mapping):
                problems[_unnamed(group)] = f": indent its content under a name, like {_named(group)}."
                continue
            for path, problem in [*_against(schema(group), content, group), *_targets(content, group)]:
                problems.setdefault(path, problem)
    sources = sources or {}
    problems = {path: problem for path, problem in problems.items() if sources.get(path) not in problems}
    keys: list[Key] = []
    if any(isinstance(problem, Unknown) for problem in problems.values()):
        keys = [key for block in blocks(config, name) for key in block.keys if key.path.startswith(only)]
    if not problems and not only and name == "train":
        return [*incompatible(config), *wrong_validation(config)]
    return [
        f"{path or 'the config'}{_hint(path, problem, keys) if isinstance(problem, Unknown) else problem}"
        for path, problem in problems.items()
    ]


def _named(group: str) -> str:
    """Example of a named part of a group."""
    return str(schema(group)["additionalProperties"].get("description", "`my_part:`"))


def _unnamed(group: str) -> str:
    """File of a group of named parts that has a part without its name."""
    paths = sorted((CONFIGS / group).glob("*.yaml"))
    unnamed = [path for path in paths if "\n_target_:" in f"\n{path.read_text(encoding='utf-8')}"]
    return f"configs/{group}/{unnamed[0].name}" if unnamed else group


def _hint(path: str, wrong: Unknown, keys: list[Key]) -> str:
    """Suggest a similar name at this level, else a similar key of another level, else all names at this level."""
    matches = get_close_matches(wrong.name, wrong.known, 1, cutoff=TYPO)
    if not matches and (other := nearest(path, keys)):
        matches = [other]
    matches = matches or get_close_matches(wrong.name, wrong.known, 1, cutoff=LOOSE)
    hint = f"did you mean {matches[0]}?" if matches else f"expected one of ({', '.join(sorted(wrong.known))})."
    return f": {wrong.reason}, {hint}"


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator  # imported here: it takes 0.1 s, and --help does not need it
    from jsonschema.validators import extend

    # In JSON Schema 3.0 is an integer, for the libraries it is not; NaN and infinity are never allowed.
    types = {"integer": lambda checker, value: _is(value, int), "number": lambda checker, value: _is(value, int, float)}
    return extend(Draft202012Validator, type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(types))


def _is(value: object, *types: type) -> bool:
    return isinstance(value, types) and not isinstance(value, bool) and not _is_infinite(value)


def _is_infinite(value: object) -> bool:
    return isinstance(value, float) and not isfinite(value)


def _against(rules: Schema, content: object, path: str) -> Iterator[Problem]:
    for error in _validator()(rules).iter_errors(content):
        location = ".".join([*([path] if path else []), *map(str, error.absolute_path)])
        if error.validator == "additionalProperties":
            known = error.schema.get("properties", {})
            for name in sorted(set(error.instance) - set(known)):
                yield f"{location}.{name}".lstrip("."), Unknown(name, list(known))
        elif error.validator == "required":
            missing = error.message.split("'")[1]
            hint = f", add `{missing}: true`" if missing == "_partial_" else ""
            yield location, f": '{missing}' is missing{hint}."
        else:
            expected = in_words(error.schema, error.validator)
            if _is_infinite(error.instance):
                expected = expected.replace("number", "finite number")
            yield location, f" = {error.instance!r}: expected {expected}."


def _targets(content: object, path: str) -> Iterator[Problem]:
    """Check every `_target_` at or below `content` against its signature."""
    if isinstance(content, list):
        for index, item in enumerate(content):
            yield from _targets(item, f"{path}.{index}")
    if not isinstance(content, Mapping):
        return
    if "_target_" in content:
        yield from _call(content, path)
    for name, item in content.items():
        yield from _targets(item, f"{path}.{name}")


def _call(content: Config, path: str) -> Iterator[Problem]:
    target, group = str(content["_target_"]), path.partition(".")[0]
    rules, packages = schema(group), allowed_packages(group)
    if not any(target.startswith(f"{package}.") for package in packages):
        yield f"{path}._target_", f" = {target}: expected a class of {' or '.join(packages)}."
        return
    try:
        signature = signature_of(target)
    except InputError as error:
        yield f"{path}._target_", f" = {target}: {error}"
        return
    values = {name: value for name, value in content.items() if name not in HYDRA_KEYS}
    arguments = arguments_of(signature, rules)
    for name, value in values.items():
        if name not in arguments:
            reason = f"{target.rpartition('.')[2]} has no argument {name!r}"
            yield f"{path}.{name}", Unknown(name, list(arguments), reason)
        elif not isinstance(value, Mapping) or "_target_" not in value:
            yield from _against(arguments[name], value, f"{path}.{name}")
    for name in signature.required:
        if name not in values and name not in rules.get("given", ()):
            yield f"{path}.{name}", f" is missing: {target.rpartition('.')[2]} needs it."
