"""Begin a new training with the weights of another."""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from ..core.errors import InputError, first_line
from .freezing import matching

log = logging.getLogger(__name__)
PREFIX = "pipeline."  # of the pipeline's tensors in a checkpoint of ours
NETWORK = "network."  # of the network's tensors in the pipeline


@dataclass(frozen=True)
class Report:
    """Names of tensors: those loaded; those of the pipeline that were not, with the reason; those left in the file."""

    loaded: list[str] = field(default_factory=list)
    missed: dict[str, str] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)


def warm_start(
    pipeline: nn.Module,
    checkpoint: str | None,
    allow_partial: bool = False,
    rename: Mapping[str, str] | None = None,
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
) -> Report | None:
    """Copy tensors of a file into the pipeline; None where no file is named.

    The file is a checkpoint of ours or a state dict of a network (`torch.save`, safetensors). Names are those of the
    pipeline, like `network.head.0.weight` and `preprocess.mean`; a state dict of a network gets `network.` before each,
    and is asked for the network only. First `rename` replaces every place where its expression is found, then a whole
    name must match one of `include`, if there are any, and none of `exclude`.

    Raises:
        InputError: the file cannot be read, a rule matches nothing, nothing is loaded; unless `allow_partial`, a tensor
            of the pipeline that is not excluded gets none, or one of another shape. Nothing is changed then.
    """
    if checkpoint is None:
        return None
    own = pipeline.state_dict()
    given, whole = _read(Path(checkpoint))
    given = _renamed(given, rename or {})
    asked = [name for name in own if whole or name.startswith(NETWORK)]
    chosen = _chosen([*asked, *(name for name in given if name not in own)], include, exclude)
    missed = {name: reason for name in asked if (reason := _obstacle(name, own[name], given, chosen))}
    missing_keys = [f"{name} ({reason})" for name, reason in missed.items() if reason != EXCLUDED]
    loaded = [name for name in asked if name not in missed]
    if missing_keys and not allow_partial:
        raise InputError(
            f"warm_start: {checkpoint} has not all that the network needs: {_some(missing_keys)}; left in the file are "
            f"{_some([name for name in given if name not in own])}: rename or exclude them, or use "
            "warm_start.allow_partial=true."
        )
    if not loaded:
        raise InputError(f"warm_start: nothing of {checkpoint} fits; it has {_some(list(given))}.")
    pipeline.load_state_dict({name: given[name] for name in loaded}, strict=False)
    report = Report(loaded, missed, [name for name in given if name not in loaded])
    log.info("warm start from %s: %d tensors loaded", checkpoint, len(loaded))
    log.info("not loaded: %s", ", ".join(f"{name} ({reason})" for name, reason in missed.items()) or "none")
    log.info("left in the file: %s", ", ".join(report.left) or "none")
    return report


EXCLUDED = "excluded"


def _obstacle(name: str, own: Tensor, given: Mapping[str, Tensor], chosen: set[str]) -> str:
    if name not in chosen:
        return EXCLUDED
    if name not in given:
        return "not in the file"
    here, there = list(own.shape), list(given[name].shape)
    return "" if here == there else f"{there} in the file, {here} here"


def _some(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more if names else "none"


def _read(path: Path) -> tuple[dict[str, Tensor], bool]:
    """The tensors of a file, by their names in the pipeline, and whether they are those of a whole pipeline."""
    if not path.is_file():
        raise InputError(f"warm_start.checkpoint = {path}: there is no such file.")
    try:
        if path.suffix == ".safetensors":
            content: Any = load_file(path)
        else:
            content = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # pickles, archives and torch each have their own ways to fail
        raise InputError(f"warm_start: {path} holds no weights ({first_line(error)}).") from error
    state = content.get("state_dict", content) if isinstance(content, Mapping) else {}
    tensors = {name: value for name, value in state.items() if isinstance(name, str) and isinstance(value, Tensor)}
    if not tensors:
        raise InputError(f"warm_start: {path} holds no tensors by name, expected a checkpoint or a state dict.")
    whole = {name.removeprefix(PREFIX): value for name, value in tensors.items() if name.startswith(PREFIX)}
    return (whole, True) if whole else ({NETWORK + name: value for name, value in tensors.items()}, False)


def _renamed(given: Mapping[str, Tensor], rules: Mapping[str, str]) -> dict[str, Tensor]:
    names = {name: name for name in given}
    for expression, replacement in rules.items():
        try:
            after = {name: re.sub(expression, replacement, now) for name, now in names.items()}
            found = any(re.search(expression, now) for now in names.values())
        except (re.error, IndexError) as error:
            raise InputError(f"warm_start.rename: {expression} cannot become {replacement} ({error}).") from error
        if not found:
            raise InputError(f"warm_start.rename: {expression} is found in no name of {_some(list(names.values()))}.")
        names = after
    clashes = sorted({name for name in names.values() if list(names.values()).count(name) > 1})
    if clashes:
        raise InputError(f"warm_start.rename gives several tensors one name: {_some(clashes)}.")
    return {names[name]: value for name, value in given.items()}


def _chosen(names: list[str], include: Sequence[str], exclude: Sequence[str]) -> set[str]:
    chosen = set(names)
    if include:
        chosen = {name for rule in include for name in matching(rule, names, "warm_start.include")}
    for rule in exclude:
        chosen -= set(matching(rule, names, "warm_start.exclude"))
    return chosen
