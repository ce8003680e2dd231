"""Base class of losses."""

from abc import ABC, abstractmethod
from typing import Generic, NamedTuple

from jaxtyping import Float
from torch import Tensor, nn

from ..core.errors import InputError
from ..definitions.definition import OutputT, TargetT


class LossOutput(NamedTuple):
    """Loss of each sample; the model averages it with the weights of the samples. `parts` are the terms of `total`."""

    total: Float[Tensor, "batch"]
    parts: dict[str, Float[Tensor, "batch"]]


class Loss(nn.Module, ABC, Generic[OutputT, TargetT]):
    """Base class of losses: maps output and target tuples to one value per sample."""

    @abstractmethod
    def forward(self, output: OutputT, target: TargetT) -> LossOutput: ...


def check_output(loss: Loss[OutputT, TargetT], output: object, count: int) -> None:
    """Check what a loss returned for `count` samples.

    Raises:
        InputError: it is not one value per sample.
    """
    name = type(loss).__name__
    if not isinstance(output, LossOutput):
        raise InputError(f"{name}.forward gives {type(output).__name__}, expected LossOutput(total, parts).")
    for part, values in {"total": output.total, **output.parts}.items():
        if not isinstance(values, Tensor) or values.shape != (count,):
            actual = list(values.shape) if isinstance(values, Tensor) else type(values).__name__
            raise InputError(
                f"{name}.forward gives {actual} as {part}, expected one value for each of {count} samples: [{count}]. "
                "The model averages over the samples."
            )
