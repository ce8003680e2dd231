"""Cross entropy between scores and the right class."""

from collections.abc import Sequence
from typing import Annotated, Any

import torch
from annotated_types import Interval
from torch import Tensor
from torch.nn import functional

from ..engine.core.errors import InputError
from ..engine.losses.loss import Loss, LossOutput


class CrossEntropy(Loss):
    """-log softmax(logits)[label], in nats; ln(number of classes) for a network that knows nothing.

    `label_smoothing` s moves the share s from the right class to all classes alike (Szegedy et al., Rethinking the
    Inception architecture, 2016, section 7). `class_weights` has one factor a class.
    """

    class_weights: Tensor | None

    def __init__(
        self,
        label_smoothing: Annotated[float, Interval(ge=0, lt=1)] = 0.0,
        class_weights: Sequence[float] | None = None,
    ) -> None:
        super().__init__()
        self.label_smoothing = label_smoothing
        self.register_buffer("class_weights", None if class_weights is None else torch.tensor(class_weights))

    def forward(self, output: Any, target: Any) -> LossOutput:
        if self.class_weights is not None and len(self.class_weights) != output.logits.shape[1]:
            raise InputError(
                f"loss.class_weights has {len(self.class_weights)} factors, expected one for each of the "
                f"{output.logits.shape[1]} classes."
            )
        total = functional.cross_entropy(
            output.logits, target.label, self.class_weights, reduction="none", label_smoothing=self.label_smoothing
        )
        return LossOutput(total, {"cross_entropy": total})
