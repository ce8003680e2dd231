"""Loss of samples that augmentation mixed from two (Mixup, CutMix)."""

from ..definitions.definition import Mix, TargetT
from ..definitions.fields import map_fields
from .loss import LossOutput


def of_partners(target: TargetT, mix: Mix) -> TargetT:
    """Targets of the partners of mixed samples."""
    return map_fields(lambda field: field[mix.partner], target)


def mixed_loss(own: LossOutput, other: LossOutput, mix: Mix) -> LossOutput:
    """Compute share * own + (1 - share) * other, of the total and of the parts."""
    parts = {name: mix.share * own.parts[name] + (1 - mix.share) * other.parts[name] for name in own.parts}
    return LossOutput(mix.share * own.total + (1 - mix.share) * other.total, parts)
