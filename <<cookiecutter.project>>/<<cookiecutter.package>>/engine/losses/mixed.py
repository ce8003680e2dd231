"""Loss of samples that augmentation mixed from two (Mixup, CutMix)."""

from typing import TypeVar

from ..core.named_tuples import Fields, map_fields
from ..definitions.definition import Mix
from .loss import LossOutput

Target = TypeVar("Target", bound=Fields)


def of_partners(target: Target, mix: Mix) -> Target:
    """The targets of the samples that each sample was mixed with."""
    return map_fields(lambda field: field[mix.partner], target)


def mixed_loss(own: LossOutput, other: LossOutput, mix: Mix) -> LossOutput:
    """share * own + (1 - share) * other, in total and parts."""
    parts = {name: mix.share * own.parts[name] + (1 - mix.share) * other.parts[name] for name in own.parts}
    return LossOutput(mix.share * own.total + (1 - mix.share) * other.total, parts)
