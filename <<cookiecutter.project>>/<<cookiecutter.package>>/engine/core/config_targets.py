"""Code that configs may name: classes of the rooms, and what this project's own configs/ name."""

import re
from collections.abc import Iterator, Mapping
from functools import cache

import yaml

from .paths import CONFIGS, ROOT
from .schemas import HYDRA_KEYS, PACKAGE, has_schema, schema

ROOMS = {
    "callback": ("engine.callbacks",),
    "data": ("engine.data",),
    "dataset": ("datasets",),
    "logger": ("engine.loggers",),
    "loss": ("losses", "engine.losses"),
    "network": ("models", "engine.models"),
    "transformer": ("transformers", "engine.transformers"),
}
"""Packages of this project whose classes a group takes."""
SAME = {"validation": "dataset"}  # keys at the root whose values are parts of a group
GLOBAL = re.compile(r"^#\s*@package\s+_global_", re.MULTILINE)
REFERENCE = re.compile(r"\$\{\.*[\w.\[\]/-]+\}")  # ${another.key}, without a resolver


def misplaced(content: object, group: str = "", path: str = "") -> Iterator[str]:
    """Iterate over the mistakes of a config: `loss._target_ = os.system, expected …`, one for each value.

    Refused are targets that are neither a class of the group's rooms, nor a class directly in a package of the group's
    schema, nor a target of this project's configs for that group; other keys of Hydra, and interpolations that call a
    resolver, unless one of these configs has the same key and value.
    """
    items = content.items() if isinstance(content, Mapping) else enumerate(content) if isinstance(content, list) else ()
    for name, value in items:
        place, within = f"{path}.{name}".lstrip("."), group or SAME.get(str(name), str(name))
        if name == "_target_":
            if not _is_allowed(str(value), within):
                rooms = [f"{PACKAGE}.{room}" for room in ROOMS.get(within, ())]
                yield f"{place} = {value}, expected {_either(rooms)}a target of a file in configs/ for {within}"
        elif name in HYDRA_KEYS or (isinstance(value, str) and "${" in REFERENCE.sub("", value)):
            if (name, str(value)) not in _own()[1]:
                yield f"{place} = {value}, which no file in configs/ has"
        else:
            yield from misplaced(value, within, place)


def _either(rooms: list[str]) -> str:
    return f"a class of {' or '.join(rooms)}, or " if rooms else ""


def _is_allowed(target: str, group: str) -> bool:
    module, _, name = target.rpartition(".")
    if (group, target) in _own()[0]:
        return True
    if name[:1].isupper() and has_schema(group) and module in schema(group).get("targets", ()):
        return True
    rooms = tuple(f"{PACKAGE}.{room}." for room in ROOMS.get(group, ()))
    return bool(rooms) and f"{module}.".startswith(rooms) and _defines_class(module, name)


def _defines_class(module: str, name: str) -> bool:
    """Whether the source of a module of this project defines the class; nothing is imported."""
    if not re.fullmatch(r"\w+(\.\w+)*", module):
        return False
    path = ROOT.joinpath(*module.split(".")).with_suffix(".py")
    return path.is_file() and bool(re.search(rf"^class {re.escape(name)}\b", path.read_text("utf-8"), re.MULTILINE))


@cache
def _own() -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """(group, target) of each target in configs/, and (key, value) of Hydra's other keys and of resolvers."""
    targets: set[tuple[str, str]] = set()
    values: set[tuple[str, str]] = set()
    for path in CONFIGS.rglob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        try:
            content = yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        except yaml.YAMLError:
            continue  # the check of the command line names it, where it is chosen
        folders = path.relative_to(CONFIGS).parts[:-1]
        _collect(content, "" if GLOBAL.search(text) or not folders else folders[0], targets, values)
    return targets, values


def _collect(content: object, group: str, targets: set[tuple[str, str]], values: set[tuple[str, str]]) -> None:
    items = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for name, value in items:
        if name == "_target_":
            targets.add((group, str(value)))
        elif name in HYDRA_KEYS or (isinstance(value, str) and "${" in value):
            values.add((str(name), str(value)))
        else:
            _collect(value, group or str(name), targets, values)
