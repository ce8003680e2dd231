"""Schemas for an editor's YAML language server: `python -m <package>.engine.cli.editor`.

One file per group in schemas/editor/, from the sources of `check`: the schema of the group, and the signatures of the
targets in its configs. `.vscode/settings.json` maps the files to the configs.
"""

import json
from collections.abc import Iterator, Mapping

import yaml

from ..core.paths import CONFIGS, SCHEMAS
from ..core.plain import PlainData, Schema
from ..core.schemas import HYDRA_KEYS, PACKAGE, has_schema, schema
from .group_choices import OVERRIDING
from .keys import arguments_of
from .signatures import signature_of

FOLDER = SCHEMAS / "editor"
INTERPOLATION = {"type": "string", "pattern": r"\$\{"}
NESTED = {"type": "object", "required": ["_target_"]}


def groups() -> list[str]:
    """Groups of configs, as paths below configs/."""
    return sorted({path.parent.relative_to(CONFIGS).as_posix() for path in CONFIGS.rglob("*.yaml")} - {"."})


def group_schema(group: str) -> PlainData:
    """JSON schema of the configs of a group."""
    head = {"$schema": "http://json-schema.org/draft-07/schema#", "title": group, "type": "object"}
    if group in OVERRIDING:
        known: PlainData = {name: {} for name in (*schema("train")["properties"], "defaults", "hydra")}
        return head | {"properties": known, "additionalProperties": False}
    room = group.partition("/")[0]
    rules = schema(room) if has_schema(room) else {}
    targets = sorted({target for target, _ in _targets(group)})
    calls = [_call(target, room, rules) for target in targets]
    if group == room and "additionalProperties" in rules and isinstance(rules["additionalProperties"], Mapping):
        inner = {
            "type": "object",
            "properties": {"_target_": {"anyOf": [{"enum": targets}, {"type": "string"}]}},
            "allOf": calls,
        }
        return head | {"properties": {"defaults": {}}, "additionalProperties": inner}
    return head | {"allOf": calls}


def _targets(group: str) -> Iterator[tuple[str, str]]:
    for path in sorted((CONFIGS / group).glob("*.yaml")):
        yield from ((target, path.name) for target in _targets_in(yaml.safe_load(path.read_text(encoding="utf-8"))))


def _targets_in(content: object) -> Iterator[str]:
    if isinstance(content, Mapping):
        if "_target_" in content:
            yield str(content["_target_"])
        for value in content.values():
            yield from _targets_in(value)
    elif isinstance(content, list):
        for value in content:
            yield from _targets_in(value)


def _call(target: str, room: str, rules: Schema) -> PlainData:
    """Schema of the keys that are allowed for a `_target_`."""
    arguments = arguments_of(signature_of(target), rules)
    own = rules.get("properties", {}) if target.partition(".")[0] != PACKAGE else {}
    keys = {name: _allow(rule | own.get(name, {})) for name, rule in arguments.items()}
    keys |= {name: {} for name in (*HYDRA_KEYS, "defaults")}
    wanted = {"properties": {"_target_": {"const": target}}, "required": ["_target_"]}
    return {"if": wanted, "then": {"properties": keys, "additionalProperties": False}}


def _allow(rule: PlainData) -> PlainData:
    """Schema of a value, an interpolation or a nested target."""
    return {"anyOf": [rule, INTERPOLATION, NESTED]} if rule else {}


def write() -> None:
    """Write the schemas of all groups."""
    FOLDER.mkdir(exist_ok=True)
    for group in groups():
        path = FOLDER / f"{group.replace('/', '_')}.json"
        path.write_text(json.dumps(group_schema(group), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write()
