"""Batch loop of evaluation, prediction and export."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeVar

import torch

from ..definitions.fields import to_device

Inputs = TypeVar("Inputs", bound=NamedTuple)
Result = TypeVar("Result", bound=NamedTuple)


def run_batches(
    function: Callable[[Inputs], Result], batches: Iterable[Inputs], device: torch.device
) -> Iterator[Result]:
    """Yield the result of `function` for each batch, computed on the device without gradients, on the CPU."""
    cpu = torch.device("cpu")
    for batch in batches:
        with torch.inference_mode():
            result = function(to_device(batch, device))
        yield to_device(result, cpu)
