"""Focal loss: cross entropy with less weight on well-classified samples."""

from typing import Annotated

from annotated_types import Ge
from torch.nn import functional

from ..engine.definitions.classes import ClassOutput, ClassTarget
from ..engine.losses.loss import Loss, LossOutput


class Focal(Loss[ClassOutput, ClassTarget]):
    """-(1 - p)^gamma log p, p = softmax(logits)[label] (Lin et al., Focal loss for dense object detection, 2017,
    equation 4). With gamma = 0 it is the cross entropy.
    """

    def __init__(self, gamma: Annotated[float, Ge(0)] = 2.0) -> None:
        super().__init__()
        self.gamma = gamma

    def forward(self, output: ClassOutput, target: ClassTarget) -> LossOutput:
        cross_entropy = functional.cross_entropy(output.logits, target.label, reduction="none")
        total = (1 - (-cross_entropy).exp()) ** self.gamma * cross_entropy
        return LossOutput(total, {"focal": total})
