"""Presentation of classes: probabilities in tables, scores and charts of classes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import one_hot

from .classes import Classes, ClassOutput, ClassPrediction, ClassTarget
from .definition import Batch, InputT
from .presentation import EnsembleMode, Presentation
from .row_metrics import RowMetric, mean_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from polars import DataFrame

    from .plot import Plot

PROBABILITY = "probability"


class ClassesPresentation(Presentation[InputT, ClassTarget, ClassOutput, ClassPrediction]):
    """Targets are a class; predictions are a class and the probability of each class."""

    definition: Classes[InputT]

    def to_columns(
        self, prediction: ClassPrediction, target: ClassTarget | None = None, top: int | None = None
    ) -> dict[str, NDArray[np.generic]]:
        """Columns `prediction` (a class name) and the probability of each class, or with `top` the most likely classes.
        With a target also `target` (a class name) and `correct` (1 or 0).
        """
        names = np.asarray(self.definition.classes)
        predicted, probability = prediction.label.cpu().numpy(), prediction.probability.cpu().numpy()
        columns = {} if target is None else {"target": names[target.label.cpu().numpy()]}
        columns["prediction"] = names[predicted]
        if target is not None:
            columns["correct"] = (target.label.cpu().numpy() == predicted).astype(np.int64)
        if top is None:
            return columns | {f"{PROBABILITY}_{name}": probability[:, index] for index, name in enumerate(names)}
        # The predicted class comes first: by majority, an ensemble may predict a class that is not the most likely.
        order = np.argsort(-probability - 2 * (np.arange(len(names)) == predicted[:, None]), axis=1, kind="stable")
        rows = np.arange(len(predicted))
        for rank in range(min(top, len(names))):
            end, label = f"_{rank + 1}" if rank else "", order[:, rank]
            columns |= {f"prediction{end}": names[label], f"{PROBABILITY}{end}": probability[rows, label]}
        return columns

    def row_metrics(self) -> dict[str, RowMetric]:
        return super().row_metrics() | {"acc": mean_of("correct", greater_is_better=True)}

    def summarize(self, table: "DataFrame") -> dict[str, object]:
        from .class_charts import summarize

        return summarize(self.definition.classes, table)

    def charts(self, table: "DataFrame") -> dict[str, "Figure"]:
        from .class_charts import charts

        return charts(self.definition.classes, table)

    def plots(self, table: "DataFrame") -> "dict[str, list[Plot]]":
        from .class_plots import plots

        return plots(self.definition.classes, table)

    def one_vs_rest(self, prediction: ClassPrediction, target: ClassTarget) -> dict[str, tuple[Tensor, Tensor]]:
        """Probability of each class, and whether it is the target."""
        return {
            name: (prediction.probability[:, label], target.label == label)
            for label, name in enumerate(self.definition.classes)
        }

    def ensemble(self, predictions: Sequence[ClassPrediction], mode: EnsembleMode) -> ClassPrediction:
        """Mean of the probabilities (`mean`), or share of the votes (`majority`), with ties broken by the mean."""
        mean = torch.stack([prediction.probability for prediction in predictions]).mean(0)
        if mode == "mean":
            return ClassPrediction(mean.argmax(1), mean)
        count = len(self.definition.classes)
        votes = torch.stack([one_hot(prediction.label, count) for prediction in predictions]).float().mean(0)
        return ClassPrediction((votes + mean / (2 * len(predictions))).argmax(1), votes)

    def prediction_text(self, prediction: ClassPrediction) -> list[str]:
        return [self.definition.classes[label] for label in prediction.label.tolist()]

    def format_samples(self, batch: Batch[InputT, ClassTarget], prediction: ClassPrediction) -> list[str]:
        confidence = prediction.probability.amax(1).tolist()
        lines = super().format_samples(batch, prediction)
        return [f"{line} ({share:.0%})" for line, share in zip(lines, confidence, strict=True)]
