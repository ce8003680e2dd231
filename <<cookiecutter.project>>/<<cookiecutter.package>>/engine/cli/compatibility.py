"""Compatibility of the chosen parts with the definition of the dataset, by annotations in their source."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import yaml

from ..core.errors import InputError
from ..core.paths import CONFIGS
from ..core.plain import Config
from ..core.schemas import PACKAGE
from .source_classes import (
    attribute,
    class_named,
    field_names,
    fields_marked,
    lineage,
    method,
    source_of,
    type_arguments,
)

DEFINITION = f"{PACKAGE}.engine.definitions.definition.Definition"
LOSS = f"{PACKAGE}.engine.losses.loss.Loss"
PARTS = ("transformer", "network", "loss")
AUGMENT = "transformer/augment"
INPUT, TARGET, OUTPUT = 0, 1, 2  # type arguments of a definition


def incompatible(config: Config) -> list[str]:
    """Sentence for a config whose network, transformers or loss do not take the definition of its dataset."""
    dataset = str(config["dataset"].get("_target_"))
    missing = [
        sentence for path, target in [("dataset", dataset), *_targets(config)] for sentence in _bare(path, target)
    ]
    given = definition_of(dataset)
    if missing or given is None:
        return missing
    wrong = {path: reason for path, target in _targets(config) if (reason := misfit(target, given))}
    if not wrong:
        return []
    groups = {AUGMENT if path.startswith("transformer.augment") else path.partition(".")[0] for path in wrong}
    listed = ", ".join(f"{path}: {reason}" for path, reason in wrong.items())
    return [f"{listed}, but the dataset {_name(dataset)} has {_name(given)}. {_hint(groups, given)}"]


def _bare(path: str, target: str) -> Iterator[str]:
    """Sentence for a part without the annotation that says what it takes or, a dataset, what it has."""
    found, name = method(target, "definition" if path == "dataset" else "__init__"), _name(target)
    arguments = [argument for argument in found[0].args.args if argument.arg == "definition"] if found else []
    if found and path == "dataset" and found[0].returns is None:
        yield f"{path}: {name}.definition has no annotation: write `def definition(self) -> <its definition>`."
    elif any(argument.annotation is None for argument in arguments):
        yield (
            f"{path}: `definition` of {name}.__init__ has no annotation: write the definition that it takes, or "
            "`definition: Definition` for any."
        )


def _hint(groups: set[str], given: str) -> str:
    if len(groups) == 1:
        (group,) = groups
        options = [name for name in _options(group) if _fits(group, name, given)]
        return f"Choose {group}={_either(options)}." if options else f"No config in configs/{group} takes it."
    problems = [name for name, definition in problems_by_name().items() if definition == given]
    return f"Choose problem={_either(problems)}." if problems else "No problem in configs/problem has it."


def _either(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} or {last}" if others else last


def _name(path: str) -> str:
    return path.rpartition(".")[2]


def _targets(content: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Config path and target of each part of this project."""
    if isinstance(content, list):
        content = {str(index): item for index, item in enumerate(content)}
    for name, item in content.items() if isinstance(content, Mapping) else ():
        if path or name in PARTS:
            if isinstance(item, Mapping) and "_target_" in item:
                yield f"{path}{name}", str(item["_target_"])
            yield from _targets(item, f"{path}{name}.")


@cache
def definition_of(dataset: str) -> str | None:
    """Class of a dataset's definition, as `definition` of the dataset's class is annotated; None if it is not."""
    found = method(dataset, "definition")
    name = class_named(found[0].returns, found[1]) if found else None
    return None if name == DEFINITION else name


@cache
def misfit(part: str, given: str) -> str | None:
    """What a part takes instead of the definition `given`; None if it fits, or has no annotation."""
    accepted = _accepted(part)
    if accepted and accepted not in lineage(given):
        return f"{_name(part)} takes {_name(accepted)}"
    tuples = type_arguments(given, DEFINITION)
    if not tuples:
        return None
    for taken, actual in zip(type_arguments(part, LOSS), (tuples[OUTPUT], tuples[TARGET]), strict=False):
        if taken and actual and taken != actual:
            return f"{_name(part)} takes {_name(taken)}"
    field, fields = attribute(part, "field"), tuples[INPUT]
    if isinstance(field, str) and fields and field not in field_names(fields):
        return f"{_name(part)} changes '{field}'"
    needed = attribute(part, "target_field")
    if isinstance(needed, str) and tuples[TARGET] and needed not in field_names(str(tuples[TARGET])):
        return f"{_name(part)} changes '{needed}' of the target"
    if attribute(part, "moves_pixels") is True and (target := tuples[TARGET]):
        left = [name for marker in ("Spatial", "Points") for name in fields_marked(target, marker)]
        return f"{_name(part)} may move pixels of the input, but not '{left[0]}' of the target" if left else None
    return None


def _accepted(part: str) -> str | None:
    """Class in the annotation of the parameter `definition` of a class or function."""
    found = method(part, "__init__") or source_of(part)
    arguments = found[0].args.args if found and isinstance(found[0], ast.FunctionDef) else []
    annotations = [argument.annotation for argument in arguments if argument.arg == "definition"]
    return class_named(annotations[0], found[1]) if found and annotations else None


def _options(group: str) -> list[str]:
    return sorted(path.stem for path in (CONFIGS / group).glob("*.yaml"))


@cache
def _content(group: str, name: str) -> Any:
    return yaml.safe_load((CONFIGS / group / f"{name}.yaml").read_text(encoding="utf-8")) or {}


def _fits(group: str, name: str, given: str) -> bool:
    """Whether a config of a group takes the definition `given`."""
    top, *_ = group.split("/")
    return not any(misfit(target, given) for _, target in _targets({top: {"part": _content(group, name)}}))


@cache
def problems_by_name() -> dict[str, str | None]:
    """Definition of each config in configs/problem: that of its dataset."""
    return {name: _definition_of_problem(name) for name in _options("problem")}


def _definition_of_problem(name: str) -> str | None:
    for entry in _content("problem", name).get("defaults", ()):
        if dataset := entry.get("override /dataset"):
            return definition_of(_class_of_dataset(dataset))
    return None


def fitting(group: str) -> list[tuple[str, str]]:
    """(problem, config) for each problem and each config of a group that fits it.

    Raises:
        InputError: a dataset does not say which definition it has.
    """
    for dataset in _options("dataset"):
        if missing := list(_bare("dataset", _class_of_dataset(dataset))):
            raise InputError(missing[0])
    names = _options(group)
    return [
        (problem, name)
        for problem, given in problems_by_name().items()
        for name in names
        if given is None or (_serves(name, given) if group == "dataset" else _fits(group, name, given))
    ]


def _class_of_dataset(name: str) -> str:
    return str(_content("dataset", name).get("_target_"))


def _serves(dataset: str, given: str) -> bool:
    """Whether a config of a dataset has the definition `given`, one derived from it, or none that is known."""
    found = definition_of(_class_of_dataset(dataset))
    return found is None or given in lineage(found)
