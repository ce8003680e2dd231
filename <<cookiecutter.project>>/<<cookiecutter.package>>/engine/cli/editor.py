"""Schemas for an editor's YAML language server: `python -m <package>.engine.cli.editor`.

One file a group in schemas/editor/, made of what `check` uses: the schema of the group, and the signature of each
target that a config of the group names. `.vscode/settings.json` tells the language server which file is for which
configs.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from ..core.paths import CONFIGS, SCHEMAS
from .signatures import signature_of
from .validate import HYDRA_KEYS, PACKAGE, arguments_of, schema

FOLDER = SCHEMAS / "editor"
INTERPOLATION = {"type": "string", "pattern": r"\$\{"}
NESTED = {"type": "object", "required": ["_target_"]}
OVERRIDES = ("experiment", "debug")  # groups whose files stand at the root


def groups() -> list[str]:
    """Every group of configs, as a path below configs/."""
    return sorted({path.parent.relative_to(CONFIGS).as_posix() for path in CONFIGS.rglob("*.yaml")} - {"."})


def group_schema(group: str) -> dict[str, Any]:
    """What a config of the group may say."""
    head = {"$schema": "http://json-schema.org/draft-07/schema#", "title": group, "type": "object"}
    if group in OVERRIDES:
        known: dict[str, Any] = {name: {} for name in (*schema("train")["properties"], "defaults", "hydra")}
        return head | {"properties": known, "additionalProperties": False}
    room = group.partition("/")[0]
    rules = schema(room) if (SCHEMAS / f"{room}.json").is_file() else {}
    found = sorted({target for target, _ in _targets(group)})
    calls = [_call(target, room, rules) for target in found]
    if group == room and "additionalProperties" in rules and isinstance(rules["additionalProperties"], Mapping):
        inner = {
            "type": "object",
            "properties": {"_target_": {"anyOf": [{"enum": found}, {"type": "string"}]}},
            "allOf": calls,
        }
        return head | {"properties": {"defaults": {}}, "additionalProperties": inner}
    return head | {"allOf": calls}


def _targets(group: str) -> Iterator[tuple[str, str]]:
    for path in sorted((CONFIGS / group).glob("*.yaml")):
        yield from ((target, path.name) for target in _targets_in(yaml.safe_load(path.read_text(encoding="utf-8"))))


def _targets_in(content: Any) -> Iterator[str]:
    if isinstance(content, Mapping):
        if "_target_" in content:
            yield str(content["_target_"])
        for value in content.values():
            yield from _targets_in(value)
    elif isinstance(content, list):
        for value in content:
            yield from _targets_in(value)


def _call(target: str, room: str, rules: Mapping[str, Any]) -> dict[str, Any]:
    """If `_target_` is this, then these are the keys."""
    arguments = arguments_of(signature_of(target), rules)
    own = rules.get("properties", {}) if target.partition(".")[0] != PACKAGE else {}
    keys = {name: _allow(rule | own.get(name, {})) for name, rule in arguments.items()}
    keys |= {name: {} for name in (*HYDRA_KEYS, "defaults")}
    wanted = {"properties": {"_target_": {"const": target}}, "required": ["_target_"]}
    return {"if": wanted, "then": {"properties": keys, "additionalProperties": False}}


def _allow(rule: dict[str, Any]) -> dict[str, Any]:
    """A value, or what stands for one in a config."""
    return {"anyOf": [rule, INTERPOLATION, NESTED]} if rule else {}


def write() -> None:
    """Write all schemas anew."""
    FOLDER.mkdir(exist_ok=True)
    for group in groups():
        path = FOLDER / f"{group.replace('/', '_')}.json"
        path.write_text(json.dumps(group_schema(group), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
