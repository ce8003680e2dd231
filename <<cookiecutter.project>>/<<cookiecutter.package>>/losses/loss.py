"""The form of every loss."""

from abc import ABC, abstractmethod
from typing import Any, NamedTuple

from jaxtyping import Float
from torch import Tensor, nn


class LossOutput(NamedTuple):
    """One value a sample: averaging, and the weights of samples, are the model's business, once for every loss.

    `parts` names what `total` is made of.
    """

    total: Float[Tensor, "batch"]
    parts: dict[str, Float[Tensor, "batch"]]


class Loss(nn.Module, ABC):
    """Compares the definition's prediction and target tuples."""

    @abstractmethod
    def forward(self, prediction: Any, target: Any) -> LossOutput: ...
