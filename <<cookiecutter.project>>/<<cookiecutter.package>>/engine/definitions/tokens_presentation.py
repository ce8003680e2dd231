"""Presentation of language models: texts in tables and pictures."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..core.errors import InputError
from .definition import Batch
from .presentation import EnsembleMode, Presentation, Record
from .row_metrics import RowMetric
from .tokens import TokenInput, TokenOutput, TokenPrediction, Tokens, TokenTarget

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from polars import DataFrame

    from .plot import Plot

SHOWN = 60  # characters of a text in a table or picture


class TokensPresentation(Presentation[TokenInput, TokenTarget, TokenOutput, TokenPrediction]):
    """Samples are texts; predictions are the characters that follow."""

    definition: Tokens
    row_extensions = frozenset({".csv", ".jsonl", ".parquet", ".txt"})

    def columns(self) -> Sequence[str]:
        return ("text",)

    def load_input(self, record: Record) -> TokenInput:
        """Tokens of a text, or of the column `text` of a row; of a long text the last `context` ones.

        Raises:
            InputError: the text is empty or has a character that is not in the alphabet.
        """
        text = record.get("text") if isinstance(record, Mapping) else record
        if not isinstance(text, str) or not text:
            raise InputError("An input is a text of at least one character, or a row with one in the column `text`.")
        if unknown := sorted(set(text) - set(self.definition.alphabet)):
            raise InputError(f"The text has the character {unknown[0]!r}, which the training text does not have.")
        numbers = [self.definition.alphabet.index(letter) for letter in text[-self.definition.context :]]
        return TokenInput(torch.tensor(numbers))

    def to_columns(
        self, prediction: TokenPrediction, target: TokenTarget | None = None, top: int | None = None
    ) -> dict[str, NDArray[np.generic]]:
        """Without a target `continuation`; with one the ends of the text and of the predicted characters, and how many
        there are (`characters`) and are right (`correct`).
        """
        texts = self.prediction_text(prediction)
        if target is None:
            return {"continuation": np.asarray(texts, object)}
        expected = target.next.cpu()
        correct = (expected == prediction.next.cpu()).sum(1)
        return {
            "target": np.asarray([self.definition.text_of(row)[-SHOWN:] for row in expected], object),
            "prediction": np.asarray([text[-SHOWN:] for text in texts], object),
            "characters": target.length.cpu().numpy(),
            "correct": correct.numpy(),
        }

    def row_metrics(self) -> dict[str, RowMetric]:
        nats = RowMetric([("loss", None)], greater_is_better=False, weight="characters")
        bits, perplexity = nats._replace(transform=lambda value: value / np.log(2)), nats._replace(transform=np.exp)
        return super().row_metrics() | {"bits": bits, "perplexity": perplexity}

    def charts(self, table: "DataFrame") -> dict[str, "Figure"]:
        from .token_charts import charts

        return charts(table)

    def plots(self, table: "DataFrame") -> "dict[str, list[Plot]]":
        from .token_plots import plots

        return plots(table)

    def ensemble(self, predictions: Sequence[TokenPrediction], mode: EnsembleMode) -> TokenPrediction:
        raise InputError("Language models are no ensemble: their continuations have no mean. Name one run.")

    def describe(self, batch: Batch[TokenInput, TokenTarget]) -> str:
        return f"{int(batch.target.length.sum()):,} characters of {len(self.definition.alphabet)}"

    def target_text(self, batch: Batch[TokenInput, TokenTarget]) -> list[str]:
        return [self.definition.text_of(row)[-SHOWN:] for row in batch.target.next]

    def prediction_text(self, prediction: TokenPrediction) -> list[str]:
        return [self.definition.text_of(row) for row in prediction.next]

    def caption(self, target: str, prediction: str | None) -> str:
        """Last characters of the text and, in their order, of those predicted after each of its characters."""
        if prediction is None:
            return f"…{_one_line(target[-32:])}"
        return f"predicted {_one_line(prediction[-23:])}\ntarget {_one_line(target[-23:])}"

    def input_text(self, input: TokenInput) -> str:
        """Text of the sample."""
        return self.definition.text_of(input.tokens if input.length is None else input.tokens[: int(input.length)])

    def picture(self, input: TokenInput) -> Tensor | None:
        return None


def _one_line(text: str) -> str:
    return text.replace("\n", "↵")
