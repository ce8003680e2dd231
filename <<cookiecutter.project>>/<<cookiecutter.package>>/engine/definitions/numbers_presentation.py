"""Presentation of numbers: errors in tables, residuals in charts."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .definition import InputT
from .numbers import NumberOutput, NumberPrediction, Numbers, NumberTarget
from .presentation import Presentation
from .row_metrics import RowMetric, mean_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from polars import DataFrame

    from .plot import Plot


class NumbersPresentation(Presentation[InputT, NumberTarget, NumberOutput, NumberPrediction]):
    """Targets and predictions are numbers with names."""

    definition: Numbers[InputT]

    def to_columns(
        self, prediction: NumberPrediction, target: NumberTarget | None = None, top: int | None = None
    ) -> dict[str, NDArray[np.generic]]:
        """Columns `prediction_<name>`, and with a target also `target_<name>`, `absolute_error` and `squared_error`, of
        which the means are `mae` and the square of `rmse`.
        """
        names, predicted = self.definition.outputs, prediction.value.cpu()
        columns = {f"prediction_{name}": predicted[:, index].numpy() for index, name in enumerate(names)}
        if target is None:
            return columns
        expected = target.value.cpu()
        error = (predicted.double() - expected.double()).abs()
        targets = {f"target_{name}": expected[:, index].numpy() for index, name in enumerate(names)}
        means = {"absolute_error": error.mean(1).numpy(), "squared_error": error.square().mean(1).numpy()}
        return {**targets, **columns, **means}

    def row_metrics(self) -> dict[str, RowMetric]:
        mae, mse = mean_of("absolute_error", greater_is_better=False), mean_of("squared_error", greater_is_better=False)
        return super().row_metrics() | {"mae": mae, "rmse": mse._replace(transform=np.sqrt)}

    def summarize(self, table: "DataFrame") -> dict[str, object]:
        from .number_charts import summarize

        return summarize(self.definition.outputs, table)

    def charts(self, table: "DataFrame") -> dict[str, "Figure"]:
        from .number_charts import charts

        return charts(self.definition.outputs, table)

    def plots(self, table: "DataFrame") -> "dict[str, list[Plot]]":
        from .number_plots import plots

        return plots(self.definition.outputs, table)

    def prediction_text(self, prediction: NumberPrediction) -> list[str]:
        return [" ".join(f"{number:.4g}" for number in row) for row in prediction.value.tolist()]
