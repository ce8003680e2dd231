"""CTC: loss of texts without an alignment."""

from torch.nn.functional import ctc_loss

from ..engine.definitions.sequences import BLANK, TextOutput, TextTarget
from ..engine.losses.loss import Loss, LossOutput


class CTC(Loss[TextOutput, TextTarget]):
    """Negative logarithm of the probability of the text, summed over all alignments, divided by its length.

    0 for a text that is longer than the steps of its sample.

    Source: Graves et al., Connectionist temporal classification, 2006.
    """

    def forward(self, output: TextOutput, target: TextTarget) -> LossOutput:
        log_probability = output.logits.float().log_softmax(2).transpose(0, 1)
        values = ctc_loss(
            log_probability, target.symbols, output.length, target.length, BLANK, reduction="none", zero_infinity=True
        )
        total = values / target.length.clamp(min=1)
        return LossOutput(total, {"ctc": total})
