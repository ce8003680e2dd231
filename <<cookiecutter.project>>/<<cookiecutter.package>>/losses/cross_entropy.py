"""Cross entropy between scores and the right class."""

from typing import Any

from torch.nn import functional

from .loss import Loss, LossOutput


class CrossEntropy(Loss):
    """-log softmax(logits)[label], in nats; ln(number of classes) for a network that knows nothing."""

    def forward(self, prediction: Any, target: Any) -> LossOutput:
        total = functional.cross_entropy(prediction.logits, target.label, reduction="none")
        return LossOutput(total, {"cross_entropy": total})
