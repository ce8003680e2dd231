"""Learning-rate schedules over a known number of steps."""

from math import cos, pi
from typing import Annotated

from annotated_types import Interval
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from ..core.errors import InputError


def warmup_constant_cosine(
    optimizer: Optimizer,
    total_steps: int,
    warmup: Annotated[float, Interval(ge=0, lt=1)] = 0.0,
    constant: Annotated[float, Interval(ge=0, lt=1)] = 0.0,
    final: Annotated[float, Interval(ge=0, le=1)] = 0.0,
) -> LambdaLR:
    """Linear warmup, constant, then cosine annealing to `final` times the learning rate.

    `warmup` and `constant` are fractions of `total_steps`. Step s, counted from 0, of the n steps of the cosine has the
    factor final + (1 - final) (1 + cos(pi s / n)) / 2 (Loshchilov and Hutter, SGDR, 2017, equation 5).

    Raises:
        InputError: `warmup` and `constant` leave no step for the cosine.
    """
    warmup_steps, constant_steps = round(warmup * total_steps), round(constant * total_steps)
    cosine_steps = total_steps - warmup_steps - constant_steps
    if cosine_steps < 1:
        raise InputError(
            f"warmup = {warmup} and constant = {constant} leave no step for the cosine: their sum must be below 1."
        )

    def factor(step: int) -> float:
        if step < warmup_steps:
            return (step + 1) / warmup_steps
        done = min(max(step - warmup_steps - constant_steps, 0) / cosine_steps, 1.0)
        return final + (1 - final) * (1 + cos(pi * done)) / 2

    return LambdaLR(optimizer, factor)
