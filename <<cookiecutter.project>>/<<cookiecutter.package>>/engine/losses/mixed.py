"""The loss of samples that augmentation put together from two."""

from typing import Any

from ..definitions.definition import Mix
from .loss import LossOutput


def of_partners(target: Any, mix: Mix) -> Any:
    """The targets of the samples that each sample was mixed with."""
    return type(target)(*(field[mix.partner] for field in target))


def mixed_loss(own: LossOutput, other: LossOutput, mix: Mix) -> LossOutput:
    """The loss of samples that were put together from two, by their shares."""
    parts = {name: mix.share * own.parts[name] + (1 - mix.share) * other.parts[name] for name in own.parts}
    return LossOutput(mix.share * own.total + (1 - mix.share) * other.total, parts)
