"""Post-processing: probabilities and class of each pixel from logits."""

import torch
from torch import nn

from ..engine.definitions.masks import MaskOutput, MaskPrediction, Masks


class PixelProbabilities(nn.Module):
    """Softmax over the classes, and the class of the highest probability."""

    def __init__(self, definition: Masks) -> None:
        super().__init__()

    def forward(self, output: MaskOutput) -> MaskPrediction:
        probability = output.logits.float().softmax(dim=1)
        return MaskPrediction(mask=probability.argmax(dim=1).to(torch.uint8), probability=probability)
