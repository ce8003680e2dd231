"""Cross entropy between logits and labels."""

from collections.abc import Sequence
from typing import Annotated

import torch
from annotated_types import Interval
from torch import Tensor
from torch.nn import functional

from ..engine.core.errors import InputError
from ..engine.definitions.classes import ClassOutput, ClassTarget
from ..engine.losses.loss import Loss, LossOutput


class CrossEntropy(Loss[ClassOutput, ClassTarget]):
    """-log softmax(logits)[label], in nats; ln(classes) for equal logits.

    `label_smoothing` s: the label counts 1 - s, and each class s / classes (Szegedy et al., Rethinking the Inception
    architecture, 2016, section 7). `class_weights`: one factor a class.

    Raises:
        InputError: there is not one class weight for each class.
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

    def forward(self, output: ClassOutput, target: ClassTarget) -> LossOutput:
        if self.class_weights is not None and len(self.class_weights) != output.logits.shape[1]:
            raise InputError(
                f"class_weights has {len(self.class_weights)} factors, expected one for each of the "
                f"{output.logits.shape[1]} classes."
            )
        total = functional.cross_entropy(
            output.logits, target.label, self.class_weights, reduction="none", label_smoothing=self.label_smoothing
        )
        return LossOutput(total, {"cross_entropy": total})
