"""Networks, each with one fault. Written into a baked project as <package>/models/fault.py."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..definitions.image_classification import ImageClassification


class Plain(nn.Module):
    """Without a fault: one hidden layer."""

    def __init__(self, definition: ImageClassification, classes: int | None = None) -> None:
        super().__init__()
        self.inner = nn.Linear(definition.channels * definition.height * definition.width, 64)
        self.outer = nn.Linear(64, classes or len(definition.classes))

    def forward(self, image: Tensor) -> Any:
        return self.outer(self.inner(image.flatten(1)).relu())


class MixesSamples(Plain):
    """Subtracts the mean of the batch from each sample."""

    def forward(self, image: Tensor) -> Any:
        return super().forward(image - 0.5 * image.mean(0, keepdim=True))


class OwnNormalisation(Plain):
    """Normalizes by statistics of the batch, also in evaluation."""

    def forward(self, image: Tensor) -> Any:
        return super().forward(functional.batch_norm(image, None, None, training=True))


class DeadBranch(Plain):
    """A branch is multiplied by 0."""

    def __init__(self, definition: ImageClassification) -> None:
        super().__init__(definition)
        self.branch = nn.Linear(64, len(definition.classes))

    def forward(self, image: Tensor) -> Any:
        return super().forward(image) + 0 * self.branch(self.inner(image.flatten(1)))


class UnusedLayer(Plain):
    """A layer is never called."""

    def __init__(self, definition: ImageClassification) -> None:
        super().__init__(definition)
        self.forgotten = nn.Linear(64, 64)


class OneClassMore(Plain):
    """Returns one logit too many."""

    def __init__(self, definition: ImageClassification) -> None:
        super().__init__(definition, len(definition.classes) + 1)


class DropoutForEver(Plain):
    """Applies dropout in evaluation too."""

    def forward(self, image: Tensor) -> Any:
        return super().forward(functional.dropout(image, 0.5, training=True))


class NoiseInTraining(Plain):
    """Adds noise in training, outside any dropout layer."""

    def forward(self, image: Tensor) -> Any:
        return super().forward(image + torch.randn_like(image) if self.training else image)


class UnsavedState(Plain):
    """Holds a random tensor that is neither parameter nor buffer."""

    def __init__(self, definition: ImageClassification) -> None:
        super().__init__(definition)
        self.mask = torch.rand(1, definition.channels, definition.height, definition.width)

    def forward(self, image: Tensor) -> Any:
        return super().forward(image * self.mask)


class GivesProbabilities(Plain):
    """Ends in a softmax, where the loss expects logits."""

    def forward(self, image: Tensor) -> Any:
        return super().forward(image).softmax(1)


class HugeStart(Plain):
    """Starts with weights a hundred times too large."""

    def __init__(self, definition: ImageClassification) -> None:
        super().__init__(definition)
        with torch.no_grad():
            self.outer.weight *= 100


class Detached(Plain):
    """Detaches the first layer from the gradient."""

    def forward(self, image: Tensor) -> Any:
        return self.outer(self.inner(image.flatten(1)).relu().detach())


class IgnoresItsInput(Plain):
    """Ignores its input."""

    def forward(self, image: Tensor) -> Any:
        return super().forward(torch.zeros_like(image) * image)
