"""How good answers are that are classes, from a table with a row for each sample: figures and charts."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from polars import DataFrame
from sklearn.calibration import CalibrationDisplay
from sklearn.metrics import (
    PrecisionRecallDisplay,
    RocCurveDisplay,
    average_precision_score,
    confusion_matrix,
    precision_recall_fscore_support,
    roc_auc_score,
)
from torchmetrics.functional.classification import multiclass_calibration_error
from torchmetrics.utilities.plot import plot_confusion_matrix

from .image_classification_presentation import PROBABILITY

BINS = 15  # of the confidence, as in Guo et al., On calibration of modern neural networks, 2017
CURVES = 10  # of a chart
MOST_CLASSES = 100  # in a matrix of numbers


class Predictions(NamedTuple):
    """Right and answered class by number, and what each class was given: (samples), (samples), (samples, classes)."""

    target: NDArray[np.int64]
    prediction: NDArray[np.int64]
    probability: NDArray[np.float64]

    @classmethod
    def of(cls, classes: Sequence[str], table: DataFrame) -> "Predictions":
        number = {name: place for place, name in enumerate(classes)}
        target, prediction = (
            np.asarray([number[name] for name in table[part].to_list()]) for part in ("target", "prediction")
        )
        probability = table.select([f"{PROBABILITY}_{name}" for name in classes]).to_numpy()
        return cls(target, prediction, probability.astype(np.float64))

    @property
    def sure(self) -> NDArray[np.float64]:
        """The probability of what was answered."""
        picked: NDArray[np.float64] = self.probability[np.arange(len(self.prediction)), self.prediction]
        return picked


def summarize(classes: Sequence[str], table: DataFrame) -> dict[str, Any]:
    """Accuracy, calibration error, the confusion matrix (a row a right class), and for each class precision, recall,
    F1, the area under the precision-recall curve (as average precision) and under the ROC curve; None where a class
    has no sample, or an answer is not finite. No matrix of more than 100 classes.
    """
    predictions, labels = Predictions.of(classes, table), range(len(classes))
    counts = confusion_matrix(predictions.target, predictions.prediction, labels=labels)
    scores = precision_recall_fscore_support(predictions.target, predictions.prediction, labels=labels, zero_division=0)
    each = {
        name: {
            **{kind: float(score[label]) for kind, score in zip(("precision", "recall", "f1"), scores, strict=False)},
            **_areas(predictions, label),
            "samples": int(scores[3][label]),
        }
        for label, name in enumerate(classes)
    }
    known = [facts for facts in each.values() if facts["samples"]]
    kinds = ("precision", "recall", "f1", "average_precision", "roc_auc")
    return {
        "acc": float((predictions.target == predictions.prediction).mean()),
        "calibration_error": _calibration_error(predictions),
        "mean_of_classes": {kind: _mean([facts[kind] for facts in known]) for kind in kinds},
        "classes": each,
        **({"confusion_matrix": counts.tolist()} if len(classes) <= MOST_CLASSES else {}),
    }


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _areas(predictions: Predictions, label: int) -> dict[str, float | None]:
    known = _average_precision(predictions, label)
    area = (
        None if known is None else float(roc_auc_score(predictions.target == label, predictions.probability[:, label]))
    )
    return {"average_precision": known, "roc_auc": area}


def _average_precision(predictions: Predictions, label: int) -> float | None:
    truth, given = predictions.target == label, predictions.probability[:, label]
    if truth.all() or not truth.any() or not np.isfinite(given).all():
        return None
    return float(average_precision_score(truth, given))


def _calibration_error(predictions: Predictions) -> float:
    if not np.isfinite(predictions.probability).all():
        return float("nan")
    probability, target = torch.from_numpy(predictions.probability), torch.from_numpy(predictions.target)
    error = multiclass_calibration_error(probability, target, probability.shape[1], n_bins=BINS, norm="l1")
    return float(error)


def charts(classes: Sequence[str], table: DataFrame) -> dict[str, Figure]:
    """The confusion matrix, confidence against accuracy, and for each class the curves of precision against recall and
    of the ROC: of the ten whose average precision is worst, where there are more.
    """
    predictions = Predictions.of(classes, table)
    areas = {label: _average_precision(predictions, label) for label in range(len(classes))}
    worst = sorted((area, label) for label, area in areas.items() if area is not None)[:CURVES]
    chosen = sorted(label for _, label in worst)
    return {
        "confusion_matrix": _confusion(classes, predictions),
        "calibration": _calibration(predictions),
        "precision_recall_curve": _curves(PrecisionRecallDisplay, classes, predictions, chosen),
        "receiver_operating_characteristic": _curves(RocCurveDisplay, classes, predictions, chosen),
    }


def _confusion(classes: Sequence[str], predictions: Predictions) -> Figure:
    side = min(4 + 0.45 * len(classes), 20)
    figure = Figure(figsize=(side, side), layout="constrained")
    counts = torch.from_numpy(confusion_matrix(predictions.target, predictions.prediction, labels=range(len(classes))))
    plot_confusion_matrix(counts, figure.subplots(), add_text=len(classes) <= 30, labels=list(classes), cmap="Blues")
    return figure


def _calibration(predictions: Predictions) -> Figure:
    figure = Figure(figsize=(6, 6.5), layout="constrained")
    curve, counts = figure.subplots(2, height_ratios=(3, 1), sharex=True)
    known = np.isfinite(predictions.sure)
    right = (predictions.target == predictions.prediction)[known]
    CalibrationDisplay.from_predictions(right, predictions.sure[known], n_bins=BINS, ax=curve, name="answers")
    curve.set(xlabel="", ylabel="share that is right", title=f"calibration error {_calibration_error(predictions):.4f}")
    counts.hist(predictions.sure[known], bins=BINS, range=(0, 1))
    counts.set(xlabel="probability of the answer", ylabel="samples")
    return figure


def _curves(kind: Any, classes: Sequence[str], predictions: Predictions, labels: Sequence[int]) -> Figure:
    figure = Figure(figsize=(7, 6), layout="constrained")
    axis = figure.subplots()
    for label in labels:
        kind.from_predictions(
            predictions.target == label, predictions.probability[:, label], ax=axis, name=classes[label]
        )
    labels_of = [text.partition(" (Positive")[0].lower() for text in (axis.get_xlabel(), axis.get_ylabel())]
    axis.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), xlabel=labels_of[0], ylabel=labels_of[1])
    return figure
