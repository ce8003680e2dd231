"""Losses of masks; ignored pixels count in none."""

from torch import Tensor
from torch.nn.functional import cross_entropy, one_hot

from ..engine.definitions.masks import IGNORED, MaskOutput, MaskTarget
from ..engine.losses.loss import Loss, LossOutput


class PixelCrossEntropy(Loss[MaskOutput, MaskTarget]):
    """Cross entropy, mean over the pixels of a sample; 0 for a sample whose pixels are all ignored."""

    def forward(self, output: MaskOutput, target: MaskTarget) -> LossOutput:
        values = cross_entropy(output.logits, target.mask.long(), reduction="none", ignore_index=IGNORED)
        total = values.sum((1, 2)) / valid_pixels(target).clamp(min=1)
        return LossOutput(total, {"pixel_cross_entropy": total})


class Dice(Loss[MaskOutput, MaskTarget]):
    """1 - mean over the classes of (2 * intersection + 1) / (sum of probabilities + sum of pixels + 1).

    Source: Milletari et al., V-Net, 2016.
    """

    def forward(self, output: MaskOutput, target: MaskTarget) -> LossOutput:
        valid = (target.mask != IGNORED).unsqueeze(1)
        labels = target.mask.long().where(valid[:, 0], 0)
        truth = one_hot(labels, output.logits.shape[1]).permute(0, 3, 1, 2) * valid
        probability = output.logits.softmax(1) * valid
        overlap, size = ((part).sum((2, 3)) for part in (probability * truth, probability + truth))
        total = 1 - ((2 * overlap + 1) / (size + 1)).mean(1)
        return LossOutput(total, {"dice": total})


def valid_pixels(target: MaskTarget) -> Tensor:
    """Pixels of each sample that are not ignored, (batch)."""
    return (target.mask != IGNORED).sum((1, 2))
