"""Presentation of texts: texts and edit distances in tables, edits in colour."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import pad

from .definition import Batch, InputT
from .edit_distance import edit_distance
from .presentation import EnsembleMode, Presentation
from .row_metrics import RowMetric, mean_of
from .sequences import Sequences, TextOutput, TextPrediction, TextTarget

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from polars import DataFrame

    from .plot import Plot


class SequencesPresentation(Presentation[InputT, TextTarget, TextOutput, TextPrediction]):
    """Targets and predictions are texts."""

    definition: Sequences[InputT]

    def to_columns(
        self, prediction: TextPrediction, target: TextTarget | None = None, top: int | None = None
    ) -> dict[str, NDArray[np.generic]]:
        """Columns `prediction` and `probability`; with a target also `target`, its length `characters`, `errors` (edit
        distance) and `exact` (1 or 0).

        The sum of `errors` over that of `characters` is `cer`, the mean of `exact` is that metric.
        """
        columns: dict[str, NDArray[np.generic]] = {"prediction": np.asarray(self.prediction_text(prediction), object)}
        if target is not None:
            errors = edit_distance(prediction.symbols, prediction.length, target.symbols, target.length).cpu()
            columns = {"target": np.asarray(self._texts(target), object)} | columns
            columns |= {"errors": errors.numpy(), "characters": target.length.cpu().numpy()}
            columns["exact"] = (errors == 0).long().numpy()
        return columns | {"probability": prediction.probability.cpu().numpy()}

    def row_metrics(self) -> dict[str, RowMetric]:
        cer = RowMetric([("errors", "characters")], greater_is_better=False)
        return super().row_metrics() | {"cer": cer, "exact": mean_of("exact", greater_is_better=True)}

    def summarize(self, table: "DataFrame") -> dict[str, object]:
        from .edit_charts import summarize

        return summarize(table)

    def charts(self, table: "DataFrame") -> dict[str, "Figure"]:
        from .edit_charts import charts

        return charts(table)

    def plots(self, table: "DataFrame") -> "dict[str, list[Plot]]":
        from .edit_plots import plots

        return plots(table)

    def ensemble(self, predictions: Sequence[TextPrediction], mode: EnsembleMode) -> TextPrediction:
        """Text of the highest probability (`mean`), or the most frequent text, by probability if several are."""
        longest = max(prediction.symbols.shape[1] for prediction in predictions)
        symbols = torch.stack([pad(each.symbols, (0, longest - each.symbols.shape[1])) for each in predictions])
        length = torch.stack([each.length for each in predictions])
        score = probability = torch.stack([each.probability for each in predictions])
        if mode == "majority":
            votes = (symbols.unsqueeze(0) == symbols.unsqueeze(1)).all(3).sum(0)
            score = votes + probability / 2
        best = score.argmax(0)
        rows = torch.arange(len(best), device=best.device)
        return TextPrediction(symbols[best, rows], length[best, rows], probability[best, rows])

    def describe(self, batch: Batch[InputT, TextTarget]) -> str:
        lengths = batch.target.length.float()
        return f"texts of {lengths.min():.0f} to {lengths.max():.0f} characters, mean {lengths.mean():.3g}"

    def target_text(self, batch: Batch[InputT, TextTarget]) -> list[str]:
        if not isinstance(batch.target.symbols, Tensor):  # raw samples: texts
            return [str(text) for text in batch.target.symbols]
        return self._texts(batch.target)

    def prediction_text(self, prediction: TextPrediction) -> list[str]:
        return self._texts(prediction)

    def _texts(self, part: TextTarget | TextPrediction) -> list[str]:
        rows = zip(part.symbols.cpu(), part.length.tolist(), strict=True)
        return [self.definition.text_of(symbols, length) for symbols, length in rows]
