"""First difference between two runs: metrics.csv without times, test metrics, and weights bit by bit."""

import csv
import json
import re
from collections.abc import Callable, Mapping, Sized
from itertools import zip_longest
from pathlib import Path

import torch
from torch import Tensor

from ..checkpoints.checksums import check
from ..core.errors import shortened

TIMED = re.compile("samples_per_second|data_wait|[cg]pu_load|gpu_memory|time/.*")
"""Columns of metrics.csv that differ between equal runs."""
COMPARED = METRICS, TESTED, WEIGHTS = "metrics.csv", "test/metrics.json", "checkpoints/last.ckpt"


def first_difference(run: Path, other: Path) -> str | None:
    """Place and both values of the first difference of `other` from `run`; None if they are equal.

    Compared is what `run` has of metrics.csv, test/metrics.json and checkpoints/last.ckpt.
    """
    for name, find in ((METRICS, _in_metrics), (TESTED, _in_tests), (WEIGHTS, _in_weights)):
        if not (run / name).is_file():
            continue
        if not (other / name).is_file():
            return f"there is no {name}"
        if found := find(run / name, other / name):
            return found
    return None


def compared(run: Path) -> str:
    """What `first_difference` compares: `8 rows of metrics.csv, 6 tensors of checkpoints/last.ckpt`."""
    readers: dict[str, tuple[Callable[[Path], Sized], str]] = {
        METRICS: (_rows, "rows"),
        TESTED: (_tests, "values"),
        WEIGHTS: (_weights, "tensors"),
    }
    there = [(name, *reader) for name, reader in readers.items() if (run / name).is_file()]
    return ", ".join(f"{len(read(run / name))} {unit} of {name}" for name, read, unit in there)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return [{name: row[name] for name in row if not TIMED.fullmatch(name)} for row in csv.DictReader(file)]


def _tests(path: Path) -> dict[str, str]:
    content: Mapping[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return {name: json.dumps(value) for name, value in content.items()}  # as text: nan equals nan


def _weights(path: Path) -> dict[str, Tensor]:
    check(path)
    state: Mapping[str, object] = torch.load(path, map_location="cpu", weights_only=True)["state_dict"]
    return {name: value for name, value in state.items() if isinstance(value, Tensor)}


def _in_metrics(run: Path, other: Path) -> str | None:
    for before, after in zip_longest(_rows(run), _rows(other), fillvalue=dict[str, str]()):
        if name := _changed(before, after):
            row = before or after
            place = ", ".join(f"{key} {row[key]}" for key in ("epoch", "step") if row.get(key))
            return f"{place}: {name} = {after.get(name) or 'missing'} instead of {before.get(name) or 'missing'}"
    return None


def _in_tests(run: Path, other: Path) -> str | None:
    before, after = _tests(run), _tests(other)
    if (name := _changed(before, after)) is None:
        return None
    values = [shortened(content.get(name, "missing")) for content in (after, before)]
    return f"{TESTED}: {name} = {values[0]} instead of {values[1]}"


def _changed(before: Mapping[str, str], after: Mapping[str, str]) -> str | None:
    """First name whose values differ; a name that is missing has the value of an empty cell."""
    names = dict.fromkeys([*before, *after])
    return next((name for name in names if before.get(name, "") != after.get(name, "")), None)


def _in_weights(run: Path, other: Path) -> str | None:
    before, after = _weights(run), _weights(other)
    for name in dict.fromkeys([*before, *after]):
        if name not in before or name not in after:
            return f"{WEIGHTS}: {name} is {'new' if name in after else 'missing'}"
        one, two = before[name], after[name]
        if (one.dtype, one.shape) != (two.dtype, two.shape):
            return f"{WEIGHTS}: {name} is {two.dtype} {tuple(two.shape)} instead of {one.dtype} {tuple(one.shape)}"
        unequal = (_bytes(one) != _bytes(two)).any(1).nonzero()
        if len(unequal):
            index = int(unequal[0])
            values = two.flatten()[index].item(), one.flatten()[index].item()
            return f"{WEIGHTS}: {name}, value {index} = {values[0]!r} instead of {values[1]!r}"
    return None


def _bytes(tensor: Tensor) -> Tensor:
    """Bytes of each value, (values, bytes) uint8: nan equals nan, and 0 differs from -0."""
    return tensor.reshape(-1, 1).contiguous().view(torch.uint8)
