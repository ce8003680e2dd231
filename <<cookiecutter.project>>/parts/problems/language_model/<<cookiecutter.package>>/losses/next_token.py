"""Loss of language models."""

from ..engine.definitions.tokens import TokenOutput, TokenTarget, nats
from ..engine.losses.loss import Loss, LossOutput


class NextToken(Loss[TokenOutput, TokenTarget]):
    """Cross entropy of the next token in nats, mean over the tokens of a sample: its exponential is the perplexity."""

    def forward(self, output: TokenOutput, target: TokenTarget) -> LossOutput:
        total = nats(output, target).sum(1) / target.length.clamp(min=1)
        return LossOutput(total, {"next_token": total})
