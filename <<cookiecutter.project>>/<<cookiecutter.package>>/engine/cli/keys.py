"""Every key that a command line may set: also the arguments of the chosen classes that no YAML file writes."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from ..core.errors import InputError
from ..core.schemas import HYDRA_KEYS, has_schema, schema
from .signatures import Signature, signature_of

CLOSE = 0.75  # names of which SequenceMatcher finds this share to be the same


@dataclass(frozen=True)
class Key:
    """A key by its path, with the JSON schema of its values and its value, or the default as source code."""

    path: str
    rule: Mapping[str, Any]
    value: Any = None
    default: str | None = None  # None: the config has `value`


@dataclass(frozen=True)
class Block:
    """The keys of one class, or of a mapping without one (`target` is empty)."""

    path: str
    target: str
    keys: list[Key]


def blocks(config: Mapping[str, Any], name: str) -> Iterator[Block]:
    """The keys at the root of a config of `schemas/<name>.json`, and then those of each group."""
    root = schema(name)
    groups = {key: part for key, part in config.items() if has_schema(key) and isinstance(part, Mapping)}
    yield from _walk({key: value for key, value in config.items() if key not in groups}, "", root)
    for group, content in groups.items():
        if group in root["properties"]:
            yield from _walk(content, group, schema(group))


def _walk(content: Mapping[str, Any], path: str, rule: Mapping[str, Any]) -> Iterator[Block]:
    """The block of a mapping that `rule` describes, and those of the mappings in it."""
    own, target = rule.get("properties", {}), str(content.get("_target_", ""))
    try:
        known, defaults = _arguments(target, path)
    except InputError:  # no such class: another sentence says so
        return
    if not target:
        known = {name: {} for name in own if name in content}
    inner = {name: part for name, part in content.items() if isinstance(part, Mapping) and part}
    dot = f"{path}." if path else ""
    keys = []
    for name, argument in known.items():
        if name in content and name not in inner:
            keys.append(Key(f"{dot}{name}", own.get(name, argument), content[name]))
        elif name not in content:
            keys.append(Key(f"{dot}{name}", own.get(name, argument), default=defaults.get(name, "")))
    yield Block(path, target, keys)
    closed = target or rule.get("additionalProperties") is False
    for name, part in inner.items():
        if name in known or not closed:
            yield from _walk(part, f"{dot}{name}", own.get(name, {}))


def _arguments(target: str, path: str) -> tuple[dict[str, Any], dict[str, str]]:
    found = signature_of(target) if target else Signature()
    group = path.partition(".")[0]
    return arguments_of(found, schema(group) if has_schema(group) else {}), found.defaults


def arguments_of(found: Signature, rules: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments that a config may give: those of the target without those that the code gives (`given` in the schema),
    and what the group names for a target with `**kwargs`.
    """
    arguments = dict(found.arguments)
    if found.open:
        arguments = {name: {} for name in rules.get("properties", {}) if name not in HYDRA_KEYS} | arguments
    return {name: rule for name, rule in arguments.items() if name not in rules.get("given", ())}


def nearest(path: str, keys: Iterable[Key]) -> str | None:
    """The path of the key whose name is most like the last part of `path`: the same name, then one of which it is a
    whole word or the initials, then one that is written much like it.
    """
    ranked = [(rank, key.path) for key in keys if (rank := _likeness(path, key)) is not None]
    return max(ranked, key=lambda found: found[0])[1] if ranked else None


def _likeness(path: str, key: Key) -> tuple[float, ...] | None:
    wrong, name = path.rpartition(".")[2], key.path.rpartition(".")[2]
    ratio = SequenceMatcher(None, wrong, name).ratio()
    if wrong == name:
        kind = 3
    elif _is_short(wrong, name) or _is_short(name, wrong):
        kind = 2
    elif ratio >= CLOSE:
        kind = 1
    else:
        return None
    same_group = key.path.partition(".")[0] == path.partition(".")[0]
    return kind, same_group, key.default is None, ratio, -key.path.count(".")


def _is_short(short: str, name: str) -> bool:
    """A whole word of it, like `epochs` of `max_epochs`, or its initials, like `lr` of `learning_rate`."""
    return f"_{short}_" in f"_{name}_" or ("_" in name and short == "".join(word[:1] for word in name.split("_")))
