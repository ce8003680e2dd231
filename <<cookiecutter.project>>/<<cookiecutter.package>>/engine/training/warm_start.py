"""Start a training from the weights of a file."""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from ..checkpoints.checksums import check
from ..core.errors import InputError, first_line
from .freezing import matching

log = logging.getLogger(__name__)
PIPELINE = "pipeline."  # prefix of the pipeline's names in a checkpoint
NETWORK = "network."  # prefix of the network's names in the pipeline
EXCLUDED = "excluded"


@dataclass(frozen=True)
class WarmStartReport:
    """Names of tensors: loaded; missing, with the reason; unexpected ones of the file."""

    loaded: list[str] = field(default_factory=list)
    missing_keys: dict[str, str] = field(default_factory=dict)
    unexpected_keys: list[str] = field(default_factory=list)


def warm_start(
    pipeline: nn.Module,
    checkpoint: str | None,
    allow_partial: bool = False,
    rename: Mapping[str, str] = {},
    include: Sequence[str] = (),
    exclude: Sequence[str] = (),
) -> WarmStartReport | None:
    """Copy tensors from a file into the pipeline; None without a `checkpoint`.

    `checkpoint`: a checkpoint of this project, or a state dict of the network (`torch.save`, safetensors). Names are
    those of the pipeline, such as `network.head.0.weight` and `preprocess.mean`; a state dict of the network gets the
    prefix `network.`, and only the network is loaded. `rename`: regular expressions and their replacements, applied to
    each name in this order. `include`, `exclude`: regular expressions for full names.

    Raises:
        InputError: the file cannot be read, an expression matches nothing, nothing is loaded, or, unless
            `allow_partial`, a tensor that is not excluded is missing or differs in shape. The pipeline is unchanged.
    """
    if checkpoint is None:
        return None
    own = pipeline.state_dict()
    tensors, is_pipeline = _read(Path(checkpoint))
    tensors = _rename(tensors, rename)
    targets = [name for name in own if is_pipeline or name.startswith(NETWORK)]
    selected = _select([*targets, *(name for name in tensors if name not in own)], include, exclude)
    missing = {name: reason for name in targets if (reason := _obstacle(name, own[name], tensors, selected))}
    loaded = [name for name in targets if name not in missing]
    needed = [f"{name} ({reason})" for name, reason in missing.items() if reason != EXCLUDED]
    if needed and not allow_partial:
        raise InputError(
            f"{checkpoint} lacks tensors of the network: {_list(needed)}; unexpected tensors of the file are "
            f"{_list([name for name in tensors if name not in own])}: rename or exclude them, or use "
            "allow_partial=true."
        )
    if not loaded:
        raise InputError(f"no tensor of {checkpoint} fits; it has {_list(list(tensors))}.")
    pipeline.load_state_dict({name: tensors[name] for name in loaded}, strict=False)
    report = WarmStartReport(loaded, missing, [name for name in tensors if name not in loaded])
    log.info("warm start from %s: %d tensors loaded", checkpoint, len(loaded))
    log.info("not loaded: %s", ", ".join(f"{name} ({reason})" for name, reason in missing.items()) or "none")
    log.info("unexpected tensors of the file: %s", ", ".join(report.unexpected_keys) or "none")
    return report


def _obstacle(name: str, own: Tensor, tensors: Mapping[str, Tensor], selected: set[str]) -> str:
    """Reason why a tensor is not loaded; empty if it is."""
    if name not in selected:
        return EXCLUDED
    if name not in tensors:
        return "not in the file"
    shape, expected = list(tensors[name].shape), list(own.shape)
    return "" if shape == expected else f"{shape} in the file, {expected} here"


def _list(names: Sequence[str], limit: int = 5) -> str:
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more if names else "none"


def _read(path: Path) -> tuple[dict[str, Tensor], bool]:
    """Tensors of a file by their names in the pipeline, and whether they are those of a whole pipeline."""
    if not path.is_file():
        raise InputError(f"checkpoint = {path}: there is no such file.")
    try:
        if path.suffix == ".safetensors":
            content: Any = load_file(path)
        else:
            check(path)
            content = torch.load(path, map_location="cpu", weights_only=True)
    except InputError:
        raise
    except Exception as error:  # pickle, zipfile and torch raise errors of many classes
        raise InputError(f"{path} holds no weights ({first_line(error)}).") from error
    state = content.get("state_dict", content) if isinstance(content, Mapping) else {}
    tensors = {name: value for name, value in state.items() if isinstance(name, str) and isinstance(value, Tensor)}
    if not tensors:
        raise InputError(f"{path} holds no tensors by name, expected a checkpoint or a state dict.")
    pipeline = {name.removeprefix(PIPELINE): value for name, value in tensors.items() if name.startswith(PIPELINE)}
    return (pipeline, True) if pipeline else ({NETWORK + name: value for name, value in tensors.items()}, False)


def _rename(tensors: Mapping[str, Tensor], rules: Mapping[str, str]) -> dict[str, Tensor]:
    names = {name: name for name in tensors}
    for expression, replacement in rules.items():
        try:
            renamed = {name: re.sub(expression, replacement, current) for name, current in names.items()}
            matches = any(re.search(expression, current) for current in names.values())
        except (re.error, IndexError) as error:
            raise InputError(f"rename: {expression} cannot be replaced by {replacement} ({error}).") from error
        if not matches:
            raise InputError(f"rename: {expression} matches no name of {_list(list(names.values()))}.")
        names = renamed
    duplicates = sorted({name for name in names.values() if list(names.values()).count(name) > 1})
    if duplicates:
        raise InputError(f"rename gives several tensors the same name: {_list(duplicates)}.")
    return {names[name]: value for name, value in tensors.items()}


def _select(names: list[str], include: Sequence[str], exclude: Sequence[str]) -> set[str]:
    selected = set(names)
    if include:
        selected = {name for expression in include for name in matching(expression, names, "include")}
    for expression in exclude:
        selected -= set(matching(expression, names, "exclude"))
    return selected
