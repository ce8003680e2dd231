"""A composed config against the schemas and the signatures of its targets."""

import json
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.validators import extend

from ..core.errors import InputError
from ..core.paths import SCHEMAS
from .signatures import Signature, signature_of

PACKAGE = __name__.split(".")[0]
Problem = tuple[str, str]  # the config path, and the rest of the sentence
HYDRA_KEYS = ("_target_", "_partial_", "_args_", "_convert_", "_recursive_")


def _is_integer(checker: Any, value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


# JSON counts 3.0 as an integer, the libraries do not.
Validator: Any = extend(
    Draft202012Validator, type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer)
)


def check(config: Mapping[str, Any], name: str = "train") -> list[str]:
    """One sentence for each mistake in a resolved config; an empty list where there is none.

    `schemas/<name>.json` says what stands at the root, `schemas/<group>.json` what a group allows beyond the signatures
    of its targets.
    """
    problems = dict(_against(schema(name), config, ""))
    for group, content in config.items():
        if (SCHEMAS / f"{group}.json").is_file() and isinstance(content, Mapping):
            if group in ("dataset", "data") and name == "evaluate":
                continue  # they change what a run has, and are checked with that
            rules = schema(group)
            for place, sentence in [*_against(rules, content, group), *_targets(content, group, rules)]:
                problems.setdefault(place, sentence)
    return [f"{place or 'the config'}{sentence}" for place, sentence in problems.items()]


@cache
def schema(name: str) -> dict[str, Any]:
    """One of the project's schemas."""
    rules: dict[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_text())
    return rules


def _against(rules: Mapping[str, Any], content: Any, path: str) -> Iterator[Problem]:
    for error in Validator(rules).iter_errors(content):
        place = ".".join([*([path] if path else []), *map(str, error.absolute_path)])
        if error.validator == "additionalProperties":
            known = error.schema.get("properties", {})
            for name in sorted(set(error.instance) - set(known)):
                yield _unknown(f"{place}.{name}".lstrip("."), name, known)
        elif error.validator == "required":
            missing = error.message.split("'")[1]
            hint = f", add `{missing}: true`" if missing == "_partial_" else ""
            yield place, f": '{missing}' is missing{hint}."
        else:
            yield place, f" = {error.instance!r}: expected {_expectation(error.validator, error.schema)}."


def _expectation(validator: str, rules: Any) -> str:
    if validator == "anyOf":
        return " or ".join(_expectation("type", option) for option in rules["anyOf"])
    if validator == "enum" or "enum" in rules:
        return f"one of {', '.join(map(str, rules['enum']))}"
    if "description" in rules:
        return str(rules["description"])
    words = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<", "pattern": "like"}
    limits = [f"{word} {rules[name]}" for name, word in words.items() if name in rules]
    kind = rules.get("type", "value")
    kinds = kind if isinstance(kind, str) else " or ".join(kind)
    return " ".join([{"array": "list", "object": "mapping"}.get(kinds, kinds), " and ".join(limits)]).strip()


def _targets(content: Any, path: str, rules: Mapping[str, Any]) -> Iterator[Problem]:
    """Every `_target_` at or below `content`, against its signature."""
    if isinstance(content, list):
        for index, item in enumerate(content):
            yield from _targets(item, f"{path}.{index}", rules)
    if not isinstance(content, Mapping):
        return
    if "_target_" in content:
        yield from _call(content, path, rules)
    for name, item in content.items():
        yield from _targets(item, f"{path}.{name}", rules)


def _call(content: Mapping[str, Any], path: str, rules: Mapping[str, Any]) -> Iterator[Problem]:
    target = str(content["_target_"])
    allowed = rules.get("targets", [PACKAGE])
    if target.partition(".")[0] != PACKAGE and not any(target.startswith(f"{prefix}.") for prefix in allowed):
        homes = " or ".join(dict.fromkeys([PACKAGE, *allowed]))
        yield f"{path}._target_", f" = {target}: expected a class of {homes}."
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
            yield _unknown(f"{path}.{name}", name, arguments, f"{target.rpartition('.')[2]} has no argument {name!r}")
        elif not isinstance(value, Mapping) or "_target_" not in value:
            yield from _against(arguments[name], value, f"{path}.{name}")
    for name in found.required:
        if name not in given and name not in rules.get("given", ()):
            yield f"{path}.{name}", f" is missing: {target.rpartition('.')[2]} needs it."


def arguments_of(found: Signature, rules: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments that a config may give: those of the target without those that the code gives (`given` in the
    schema), and what the group names for a target with `**kwargs`.
    """
    arguments = dict(found.arguments)
    if found.open:
        arguments = {name: {} for name in rules.get("properties", {}) if name not in HYDRA_KEYS} | arguments
    return {name: rule for name, rule in arguments.items() if name not in rules.get("given", ())}


def _unknown(place: str, name: str, known: Mapping[str, Any], reason: str = "") -> Problem:
    near = get_close_matches(name, list(known), 1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"expected one of ({', '.join(sorted(known))})."
    return place, f": {reason or 'there is no such key'}, {hint}"
