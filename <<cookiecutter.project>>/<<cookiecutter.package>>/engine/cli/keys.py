"""Keys of the command line, including arguments of the chosen classes that are in no YAML file."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from ..core.errors import InputError
from ..core.plain import Config, PlainData, Schema
from ..core.schemas import HYDRA_KEYS, has_schema, schema
from .signatures import Signature, signature_of

CLOSE = 0.75  # minimum ratio of SequenceMatcher for similar names


@dataclass(frozen=True)
class Key:
    """Key by its path, with the JSON schema of its values, and its value or the source code of its default."""

    path: str
    rule: Schema
    value: object = None
    default: str | None = None  # None if the config has `value`


@dataclass(frozen=True)
class Block:
    """Keys of one class, or of a mapping without a class (`target` is empty)."""

    path: str
    target: str
    keys: list[Key]


def blocks(config: Config, name: str) -> Iterator[Block]:
    """Yield the keys at the root of a config of `schemas/<name>.json`, and then those of each group."""
    root = schema(name)
    groups = {key: part for key, part in config.items() if has_schema(key) and part and isinstance(part, Mapping)}
    yield from _walk({key: value for key, value in config.items() if key not in groups}, "", root)
    for group, content in groups.items():
        if group in root["properties"]:
            yield from _walk(content, group, schema(group))


def _walk(content: Config, path: str, rule: Schema) -> Iterator[Block]:
    """Yield the block of a mapping with the schema `rule`, and those of the mappings in it."""
    own, target = rule.get("properties", {}), str(content.get("_target_", ""))
    try:
        known, defaults = _arguments(target, path)
    except InputError:  # no such class: `check` reports it
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


def _arguments(target: str, path: str) -> tuple[PlainData, dict[str, str]]:
    signature = signature_of(target) if target else Signature()
    group = path.partition(".")[0]
    return arguments_of(signature, schema(group) if has_schema(group) else {}), signature.defaults


def arguments_of(signature: Signature, rules: Schema) -> PlainData:
    """Arguments that a config may set: those of the target that the code does not pass (`given` in the schema), and
    for a target with `**kwargs` the properties of the group's schema.
    """
    arguments = dict(signature.arguments)
    if signature.open:
        arguments = {name: {} for name in rules.get("properties", {}) if name not in HYDRA_KEYS} | arguments
    return {name: rule for name, rule in arguments.items() if name not in rules.get("given", ())}


def nearest(path: str, keys: Iterable[Key]) -> str | None:
    """Path of the key whose name is most similar to the last part of `path`.

    In this order: the same name, a name with it as a whole word or as its initials, a name with a similar spelling.
    """
    ranked = [(rank, key.path) for key in keys if (rank := _likeness(path, key)) is not None]
    return max(ranked, key=lambda ranking: ranking[0])[1] if ranked else None


def _likeness(path: str, key: Key) -> tuple[float, ...] | None:
    wrong, name = path.rpartition(".")[2], key.path.rpartition(".")[2]
    ratio = SequenceMatcher(None, wrong, name).ratio()
    if wrong == name:
        level = 3
    elif _is_short(wrong, name) or _is_short(name, wrong):
        level = 2
    elif ratio >= CLOSE:
        level = 1
    else:
        return None
    same_group = key.path.partition(".")[0] == path.partition(".")[0]
    return level, same_group, key.default is None, ratio, -key.path.count(".")


def _is_short(short: str, name: str) -> bool:
    """Whether `short` is a whole word of `name` (`epochs`, `max_epochs`) or its initials (`lr`, `learning_rate`)."""
    return f"_{short}_" in f"_{name}_" or ("_" in name and short == "".join(word[:1] for word in name.split("_")))
