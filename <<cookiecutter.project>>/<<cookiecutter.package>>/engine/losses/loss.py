"""The form of every loss."""

from abc import ABC, abstractmethod
from typing import Any, NamedTuple

from jaxtyping import Float
from torch import Tensor, nn

from ..core.errors import InputError


class LossOutput(NamedTuple):
    """One value a sample: averaging, and the weights of samples, are the model's business, once for every loss.

    `parts` names what `total` is made of.
    """

    total: Float[Tensor, "batch"]
    parts: dict[str, Float[Tensor, "batch"]]


class Loss(nn.Module, ABC):
    """Compares the definition's prediction and target tuples."""

    @abstractmethod
    def forward(self, output: Any, target: Any) -> LossOutput: ...


def check_output(loss: Loss, output: Any, count: int) -> None:
    """Check what a loss gave for `count` samples.

    Raises:
        InputError: it is not one value a sample; says what was found.
    """
    name = type(loss).__name__
    if not isinstance(output, LossOutput):
        raise InputError(f"{name}.forward gives {type(output).__name__}, expected LossOutput(total, parts).")
    for part, values in {"total": output.total, **output.parts}.items():
        if not isinstance(values, Tensor) or values.shape != (count,):
            found = list(values.shape) if isinstance(values, Tensor) else type(values).__name__
            raise InputError(
                f"{name}.forward gives {found} as {part}, expected one value for each of {count} samples: [{count}]. "
                "Averaging over the samples is the model's business."
            )
