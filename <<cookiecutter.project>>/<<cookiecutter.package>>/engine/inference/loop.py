"""The one batch loop of everything that predicts."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, TypeVar

import torch

from ..definitions.fields import to_device

Given = TypeVar("Given", bound=NamedTuple)
Result = TypeVar("Result", bound=NamedTuple)


def run_batches(
    function: Callable[[Given], Result], batches: Iterable[Given], device: torch.device
) -> Iterator[Result]:
    """Yield what `function` makes of each batch on the device, brought to the CPU, without gradients."""
    cpu = torch.device("cpu")
    for batch in batches:
        with torch.inference_mode():
            result = function(to_device(batch, device))
        yield to_device(result, cpu)
