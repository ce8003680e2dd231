"""Post-processing of language models: the next token, and continuations of a text."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import torch
from annotated_types import Ge
from torch import Tensor, nn

from ..engine.definitions.tokens import TokenInput, TokenOutput, TokenPrediction, Tokens

if TYPE_CHECKING:
    from ..engine.models.pipeline import Pipeline


class Continuation(nn.Module):
    """The most probable token after each token. `predict.py` continues the text instead, by `length` tokens.

    Args:
        definition: Definition of the texts.
        length: Tokens of a continuation.
        temperature: Divisor of the scores from which tokens are drawn; 0 takes the most probable one.
        top_k: Only that many most probable tokens are drawn from; 0: all.
        seed: The same seed continues the same text equally, alone and in any batch.
    """

    def __init__(
        self,
        definition: Tokens,
        length: Annotated[int, Ge(1)] = 200,
        temperature: Annotated[float, Ge(0)] = 0.7,
        top_k: Annotated[int, Ge(0)] = 0,
        seed: int = 0,
    ) -> None:
        super().__init__()
        self.context, self.length = definition.context, length
        self.temperature, self.top_k, self.seed = temperature, top_k, seed

    def forward(self, output: TokenOutput) -> TokenPrediction:
        probability, tokens = output.logits.float().softmax(2).max(2)
        return TokenPrediction(tokens, probability)

    def generate(
        self, pipeline: "Pipeline", input: TokenInput, each: Callable[[TokenPrediction], None] | None = None
    ) -> TokenPrediction:
        """Continue each text of a batch, token by token. `each` gets the new token of each text."""
        draws = torch.Generator().manual_seed(self.seed)
        rows = torch.arange(len(input.length), device=input.length.device)
        tokens = torch.nn.functional.pad(input.tokens, (0, self.length))
        length, probabilities = input.length.clone(), list[Tensor]()
        for _ in range(self.length):
            start = (length - self.context).clamp(min=0)
            window = start.unsqueeze(1) + torch.arange(min(int(length.max()), self.context), device=rows.device)
            count = length - start
            output = pipeline(TokenInput(tokens.gather(1, window), count))
            draw = float(torch.rand((), generator=draws))
            drawn, probability = self._draw(output.logits[rows, count - 1].float(), draw)
            tokens[rows, length] = drawn
            length, probabilities = length + 1, [*probabilities, probability]
            if each is not None:
                each(TokenPrediction(drawn.unsqueeze(1), probability.unsqueeze(1)))
        places = input.length.unsqueeze(1) + torch.arange(self.length, device=rows.device)
        return TokenPrediction(tokens.gather(1, places), torch.stack(probabilities, 1))

    def _draw(self, logits: Tensor, draw: float) -> tuple[Tensor, Tensor]:
        """Token (batch) where the cumulated probability of each row of scores passes `draw`, and its probability."""
        if self.temperature == 0:
            probability, token = logits.softmax(1).max(1)
            return token, probability
        if 0 < self.top_k < logits.shape[1]:
            lowest = logits.topk(self.top_k, dim=1).values[:, -1:]
            logits = logits.masked_fill(logits < lowest, -torch.inf)
        share = (logits / self.temperature).softmax(1)
        token = (share.cumsum(1) <= draw).sum(1).clamp(max=logits.shape[1] - 1)
        return token, share.gather(1, token.unsqueeze(1))[:, 0]
