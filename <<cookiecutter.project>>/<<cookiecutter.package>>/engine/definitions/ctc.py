"""Decoding of networks that are trained with CTC (connectionist temporal classification)."""

import torch

from .ragged import inside
from .sequences import BLANK, TextOutput, TextPrediction


def greedy(output: TextOutput) -> TextPrediction:
    """Most probable symbol of each step, without repetitions and blanks.

    Source: Graves et al., Connectionist temporal classification, 2006, section 3.2 (best path decoding).
    """
    log_probability, best = output.logits.float().log_softmax(2).max(2)
    count = best.shape[1]
    steps = torch.arange(count, device=best.device)
    within = inside(output.length, count)
    before = torch.cat([torch.full_like(best[:, :1], BLANK), best[:, :-1]], 1)
    kept = within & (best != BLANK) & (best != before)
    length = kept.sum(1)
    # The kept steps in their order: topk, because ONNX has no stable sort.
    order = (kept * (count - steps)).topk(count, dim=1).indices
    symbols = best.gather(1, order).where(inside(length, count), BLANK)
    mean = log_probability.where(within, 0.0).sum(1) / output.length.clamp(min=1)
    return TextPrediction(symbols, length, mean.exp())
