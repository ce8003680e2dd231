"""Clipping of gradients by the norm of each tensor."""

from collections.abc import Iterable

from pytorch_lightning.plugins import Precision
from torch import nn
from torch.optim import Optimizer

from ..core.compat import multiply, norms_of
from ..core.errors import InputError


def clip_each_norm(parameters: Iterable[nn.Parameter], limit: float) -> None:
    """Multiply each gradient in place by limit / max(norm, limit), as TensorFlow's `clip_by_norm` does.

    The norm is the Euclidean one of a single tensor: a large gradient of one layer does not shrink those of the others.
    """
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    if gradients:
        norms = norms_of(gradients)
        multiply(gradients, list((limit / norms.clamp(min=limit)).unbind()))


def check_unscaled(optimizer: Optimizer, precision: Precision) -> None:
    """Check that the gradients are those of the loss before the step.

    Raises:
        InputError: a fused optimizer unscales gradients of mixed precision within its step.
    """
    if optimizer.defaults.get("fused") and getattr(precision, "scaler", None) is not None:
        raise InputError(
            f"{type(optimizer).__name__} with fused = True unscales the gradients of 16-mixed after clipping: use "
            "fused = False, precision = bf16-mixed, or no gradient_clip_val."
        )
