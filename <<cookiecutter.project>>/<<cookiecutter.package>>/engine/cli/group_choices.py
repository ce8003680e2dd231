"""Choices of config groups, on the command line and in the defaults of an experiment."""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

import yaml
from hydra.core.global_hydra import GlobalHydra
from hydra.core.object_type import ObjectType
from hydra.core.override_parser.types import Override

from ..core.paths import CONFIGS
from .compatibility import fitting
from .composed import odd_keys
from .jobs import parse

GLOBAL = "# @package _global_"
OVERRIDING = ("problem", "experiment", "debug")  # groups whose configs have keys of the root


def options_of(group: str) -> list[str]:
    """Configs of a group; empty if there is no such group."""
    return GlobalHydra.instance().config_loader().get_group_options(group, ObjectType.CONFIG)


def wrong_choices(words: Sequence[str]) -> list[str]:
    """Sentences about choices that do not exist, on the command line and in the chosen experiment."""
    overrides = [override for override in parse(words) if not override.is_delete()]
    return [problem for override in overrides for problem in _wrong_choice(override)]


def _wrong_choice(override: Override) -> Iterator[str]:
    group, value = override.key_or_group, override.value()
    if not (options := options_of(group)):
        yield from _meant_as_choice(group, value)
        return
    yield from check_choice(group, value, options)
    if group in OVERRIDING and isinstance(value, str) and value in options:
        path = CONFIGS / group / f"{value}.yaml"
        if path.is_file():
            yield from _wrong_experiment(path)


def absent_group(message: str, script: str) -> str | None:
    """Sentence for Hydra's message about a group that `script` does not have; None for another message."""
    found = re.match(r"Could not override '([\w/@]+)'\. No match in the defaults list", message)
    if not found:
        return None
    group = found[1]
    content = yaml.safe_load((CONFIGS / f"{script}.yaml").read_text(encoding="utf-8"))
    known = [str(key) for entry in content["defaults"] if isinstance(entry, Mapping) for key in entry]
    hint = " The parts of a run are in its checkpoint: choose them by run=<folder>" if "run" in content else ""
    other = "".join(f", another {name} by {name}=<name>" for name in known) if hint else ""
    return f"{group}: {script}.py has no group {group}, leave it out.{hint}{other}{'.' if hint else ''}"


def contradictions(words: Sequence[str]) -> list[str]:
    """Sentences about a problem on the command line and another one in the chosen experiment."""
    chosen = {override.key_or_group: override.value() for override in parse(words) if not override.is_delete()}
    experiment, problem = chosen.get("experiment"), chosen.get("problem")
    if not isinstance(experiment, str) or not isinstance(problem, str):
        return []
    path = CONFIGS / "experiment" / f"{experiment}.yaml"
    own = {group: choice for _, group, choice in _defaults(path)} if path.is_file() else {}
    named, dataset = own.get("problem", problem), own.get("dataset")
    if named != problem:
        found = f"problem={named}"
    elif dataset and "dataset" not in chosen and (problem, dataset) not in fitting("dataset"):
        found = f"dataset={dataset}"
    else:
        return []
    return [
        f"experiment={experiment} has {found}, which contradicts problem={problem}: leave out experiment={experiment}, "
        f"or problem={problem}."
    ]


def _meant_as_choice(key: str, value: object) -> Iterator[str]:
    """Sentence for `augment=flip` and `transformer.augment=flip`, which must be `transformer/augment=flip`."""
    path = key.replace(".", "/")
    near = get_close_matches(path, _groups(), 1, cutoff=0.8)
    if near and near[0] != path and value in options_of(near[0]):
        yield f"{key}={value}: there is no group {key}, did you mean {near[0]}={value}?"
    for group in _groups():
        if (group == path or ("." not in key and group.endswith(f"/{path}"))) and isinstance(value, str):
            known = "" if value in options_of(group) else f" (known: {', '.join(options_of(group))})"
            yield f"{key}={value}: {key} is a group of configs, did you mean {group}={value}?{known}"


def _groups() -> list[str]:
    return sorted({path.parent.relative_to(CONFIGS).as_posix() for path in CONFIGS.rglob("*.yaml")} - {"."})


def check_choice(group: str, value: object, options: Sequence[str]) -> list[str]:
    """Sentences about chosen configs that are not among the options."""
    if value is None:
        return [f"{group}=null: a group has no empty choice, expected one of ({', '.join(options)})."]
    wrong = [str(choice) for choice in (value if isinstance(value, list) else [value])]
    wrong = [choice for choice in wrong if choice not in options]
    hints = [get_close_matches(choice, options, 1) for choice in wrong]
    return [
        f"{group}={choice}: there is no configs/{group}/{choice}.yaml, "
        + (f"did you mean {near[0]}? (known: " if near else "expected one of (")
        + f"{', '.join(options)})."
        for choice, near in zip(wrong, hints, strict=True)
    ]


def _wrong_experiment(path: Path) -> Iterator[str]:
    """Mistakes in the first line and the `defaults` of an experiment, for which Hydra's messages name no file."""
    text, where = path.read_text(encoding="utf-8"), f"configs/{path.relative_to(CONFIGS).as_posix()}"
    if not text.startswith(GLOBAL):
        yield f"{where}: the first line must be `{GLOBAL}`, so that its keys are those of the root."
        return
    yield from (f"{where}: {problem}" for problem in odd_keys(yaml.safe_load(text)))
    for key, group, choice in _defaults(path):
        *keywords, name = key.split()
        if not (options := options_of(group)):
            near = get_close_matches(group, _groups(), 1)
            yield f"{where}: there is no group /{group}" + (f", did you mean /{near[0]}?" if near else ".")
        elif "@" in name and not name.startswith("/"):
            yield f"{where}: `{key}: {choice}` must be `/{key}: {choice}`, for a group of configs/."
        elif "@" not in name and ("override" not in keywords or not name.startswith("/")):
            yield f"{where}: `{key}: {choice}` must be `override /{group}: {choice}`, to replace the default choice."
        elif isinstance(choice, str | list) and "${" not in str(choice):
            yield from (f"{where}: {problem}" for problem in check_choice(group, choice, options))


def _defaults(path: Path) -> Iterator[tuple[str, str, object]]:
    """Key, group and choice of each entry in the `defaults` of an experiment."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    defaults = content.get("defaults") if isinstance(content, Mapping) else None
    for key, choice in [pair for entry in defaults or () if isinstance(entry, Mapping) for pair in entry.items()]:
        yield str(key), str(key).split()[-1].partition("@")[0].lstrip("/"), choice
