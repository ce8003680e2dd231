"""Losses, each with one fault. Written into a baked project as <package>/losses/fault.py."""

from typing import Any

from .cross_entropy import CrossEntropy
from ..engine.losses.loss import LossOutput


class Broadcasts(CrossEntropy):
    """Broadcasts labels [B, 1] and predictions [B] to [B, B]."""

    def forward(self, output: Any, target: Any) -> LossOutput:
        total = (output.logits.amax(1) - target.label[:, None]).square().mean(0)
        return LossOutput(total, {"squares": total})


class MeanForEach(CrossEntropy):
    """Each sample gets the mean of the batch."""

    def forward(self, output: Any, target: Any) -> LossOutput:
        total = super().forward(output, target).total
        total = total.mean().expand(len(total))
        return LossOutput(total, {"mean": total})


class Reduced(CrossEntropy):
    """One number for the whole batch."""

    def forward(self, output: Any, target: Any) -> LossOutput:
        total = super().forward(output, target).total.mean()
        return LossOutput(total, {"mean": total})


class NoGradient(CrossEntropy):
    """Has no gradient."""

    def forward(self, output: Any, target: Any) -> LossOutput:
        total = super().forward(output, target).total.detach()
        return LossOutput(total, {"detached": total})


class WrongSign(CrossEntropy):
    """Is highest at the right class."""

    def forward(self, output: Any, target: Any) -> LossOutput:
        total = -super().forward(output, target).total
        return LossOutput(total, {"negative": total})


class WeightsByPlace(CrossEntropy):
    """Weights the first samples of a batch more."""

    def forward(self, output: Any, target: Any) -> LossOutput:
        total = super().forward(output, target).total
        total = total / (1 + total.new_tensor(range(len(total))))
        return LossOutput(total, {"by_place": total})
