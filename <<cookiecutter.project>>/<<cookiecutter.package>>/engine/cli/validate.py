"""A composed config against the schemas and the signatures of its targets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from math import isfinite
from typing import Any

from ..core.errors import InputError
from ..core.schemas import HYDRA_KEYS, allowed_packages, has_schema, in_words, schema
from .keys import Key, arguments_of, blocks, nearest
from .signatures import signature_of

TYPO, LOOSE = 0.8, 0.5  # how much two names must have in common, for difflib


@dataclass(frozen=True)
class Unknown:
    """A key that does not exist, among the names that do at its place."""

    name: str
    known: list[str]
    reason: str = "there is no such key"


Problem = tuple[str, str | Unknown]  # the config path, and the rest of the sentence


def check(config: Mapping[str, Any], name: str = "train", only: str = "") -> list[str]:
    """One sentence for each mistake in a resolved config; an empty list where there is none.

    `schemas/<name>.json` says what stands at the root, `schemas/<group>.json` what a group allows beyond the signatures
    of its targets. `only`: start of the names of the groups to check.
    """
    problems = {} if only else dict(_against(schema(name), config, ""))
    for group, content in config.items():
        if group.startswith(only) and has_schema(group) and isinstance(content, Mapping):
            if group in ("dataset", "data") and name == "evaluate":
                continue  # they change what a run has, and are checked with that
            for place, problem in [*_against(schema(group), content, group), *_targets(content, group)]:
                problems.setdefault(place, problem)
    keys: list[Key] = []
    if any(isinstance(problem, Unknown) for problem in problems.values()):
        keys = [key for block in blocks(config, name) for key in block.keys if key.path.startswith(only)]
    return [
        f"{place or 'the config'}{_hint(place, problem, keys) if isinstance(problem, Unknown) else problem}"
        for place, problem in problems.items()
    ]


def _hint(place: str, wrong: Unknown, keys: list[Key]) -> str:
    """A name at this place that is a typing error away, else a key anywhere with such a name, else all names here."""
    found = get_close_matches(wrong.name, wrong.known, 1, cutoff=TYPO)
    if not found and (path := nearest(place, keys)):
        found = [path]
    found = found or get_close_matches(wrong.name, wrong.known, 1, cutoff=LOOSE)
    hint = f"did you mean {found[0]}?" if found else f"expected one of ({', '.join(sorted(wrong.known))})."
    return f": {wrong.reason}, {hint}"


@cache
def _validator() -> Any:
    from jsonschema import Draft202012Validator  # here, for --help needs none: 0.1 s
    from jsonschema.validators import extend

    # JSON counts 3.0 as an integer, the libraries do not; and no range of ours means NaN or infinity.
    types = {"integer": lambda checker, value: _is(value, int), "number": lambda checker, value: _is(value, int, float)}
    return extend(Draft202012Validator, type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(types))


def _is(value: Any, *kinds: type) -> bool:
    return isinstance(value, kinds) and not isinstance(value, bool) and not _is_infinite(value)


def _is_infinite(value: Any) -> bool:
    return isinstance(value, float) and not isfinite(value)


def _against(rules: Mapping[str, Any], content: Any, path: str) -> Iterator[Problem]:
    for error in _validator()(rules).iter_errors(content):
        place = ".".join([*([path] if path else []), *map(str, error.absolute_path)])
        if error.validator == "additionalProperties":
            known = error.schema.get("properties", {})
            for name in sorted(set(error.instance) - set(known)):
                yield f"{place}.{name}".lstrip("."), Unknown(name, list(known))
        elif error.validator == "required":
            missing = error.message.split("'")[1]
            hint = f", add `{missing}: true`" if missing == "_partial_" else ""
            yield place, f": '{missing}' is missing{hint}."
        else:
            expected = in_words(error.schema, error.validator)
            if _is_infinite(error.instance):
                expected = expected.replace("number", "finite number")
            yield place, f" = {error.instance!r}: expected {expected}."


def _targets(content: Any, path: str) -> Iterator[Problem]:
    """Every `_target_` at or below `content`, against its signature."""
    if isinstance(content, list):
        for index, item in enumerate(content):
            yield from _targets(item, f"{path}.{index}")
    if not isinstance(content, Mapping):
        return
    if "_target_" in content:
        yield from _call(content, path)
    for name, item in content.items():
        yield from _targets(item, f"{path}.{name}")


def _call(content: Mapping[str, Any], path: str) -> Iterator[Problem]:
    target, group = str(content["_target_"]), path.partition(".")[0]
    rules, packages = schema(group), allowed_packages(group)
    if not any(target.startswith(f"{package}.") for package in packages):
        yield f"{path}._target_", f" = {target}: expected a class of {' or '.join(packages)}."
        return
    try:
        found = signature_of(target)
    except InputError as error:
        yield f"{path}._target_", f" = {target}: {error}"
        return
    given = {name: value for name, value in content.items() if name not in HYDRA_KEYS}
    arguments = arguments_of(found, rules)
    for name, value in given.items():
        if name not in arguments:
            reason = f"{target.rpartition('.')[2]} has no argument {name!r}"
            yield f"{path}.{name}", Unknown(name, list(arguments), reason)
        elif not isinstance(value, Mapping) or "_target_" not in value:
            yield from _against(arguments[name], value, f"{path}.{name}")
    for name in found.required:
        if name not in given and name not in rules.get("given", ()):
            yield f"{path}.{name}", f" is missing: {target.rpartition('.')[2]} needs it."
