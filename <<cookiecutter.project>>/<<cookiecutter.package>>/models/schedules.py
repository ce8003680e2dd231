"""Learning rates over a run of known length."""

from math import cos, pi
from typing import Annotated

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from ..errors import InputError
from ..ranges import Range


def warmup_constant_cosine(
    optimizer: Optimizer,
    total_steps: int,
    warmup: Annotated[float, Range(0, below=1)] = 0.0,
    constant: Annotated[float, Range(0, below=1)] = 0.0,
    final: Annotated[float, Range(0, 1)] = 0.0,
) -> LambdaLR:
    """Linear from 0 over the share `warmup` of the steps, level over the share `constant`, then half a cosine down to
    `final` times the learning rate. Step s, counted from 0, of the cosine part of n steps has the factor
    final + (1 - final) (1 + cos(pi s / n)) / 2 (Loshchilov and Hutter, SGDR, 2017, equation 5).

    Raises:
        InputError: `warmup` and `constant` leave no step for the cosine.
    """
    rise, level = round(warmup * total_steps), round(constant * total_steps)
    fall = total_steps - rise - level
    if fall < 1:
        raise InputError(
            f"warmup + constant = {warmup + constant:g} of {total_steps} steps leave no step for the cosine: "
            "lower one of them."
        )

    def factor(step: int) -> float:
        if step < rise:
            return (step + 1) / rise
        share = min(max(step - rise - level, 0) / fall, 1.0)
        return final + (1 - final) * (1 + cos(pi * share)) / 2

    return LambdaLR(optimizer, factor)
