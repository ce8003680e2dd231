"""JSON schemas of the project: loading, allowed packages, and rules as text."""

import json
from functools import cache

from .paths import SCHEMAS
from .plain import PlainData, Schema

PACKAGE = __name__.split(".")[0]
HYDRA_KEYS = ("_target_", "_partial_", "_args_", "_convert_", "_recursive_")
LIMITS = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<", "pattern": "like"}
NULL = {"type": "null"}


@cache
def schema(name: str) -> PlainData:
    """Load one of the project's schemas."""
    rules: PlainData = json.loads((SCHEMAS / f"{name}.json").read_text())
    return rules


def has_schema(name: str) -> bool:
    """Whether a schema of this name exists."""
    return (SCHEMAS / f"{name}.json").is_file()


def allowed_packages(group: str) -> list[str]:
    """Packages whose classes a config of the group may name: this one, and the `targets` of its schema."""
    rules = schema(group) if has_schema(group) else {}
    return list(dict.fromkeys([PACKAGE, *rules.get("targets", ())]))


def in_words(rule: Schema, validator: str = "type") -> str:
    """Format the values that a rule allows, like `number >= 0`; `validator` is the failed part of the rule."""
    limits = {name: rule[name] for name in LIMITS if name in rule}
    if validator == "anyOf":
        return " or ".join(in_words(option if option == NULL else option | limits) for option in rule["anyOf"])
    if validator == "enum" or "enum" in rule:
        return f"one of {', '.join('null' if value is None else str(value) for value in rule['enum'])}"
    if "description" in rule:
        return str(rule["description"])
    if "const" in rule:
        return str(rule["const"])
    if "anyOf" in rule:
        return in_words(rule, "anyOf")
    types = rule.get("type", "value")
    names = [types] if isinstance(types, str) else types
    words = " or ".join({"array": "list", "object": "mapping"}.get(name, name) for name in names)
    return " ".join([words, " and ".join(f"{LIMITS[name]} {limit}" for name, limit in limits.items())]).strip()
