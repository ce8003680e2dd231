"""Scores and charts of classes, from a table with a row for each sample."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray
from polars import DataFrame
from torch import Tensor
from torchmetrics.functional.classification import (
    binary_auroc,
    binary_average_precision,
    binary_precision_recall_curve,
    binary_roc,
    multiclass_calibration_error,
)

from .classes_presentation import PROBABILITY

BINS = 15  # of the confidence, as in Guo et al., On calibration of modern neural networks, 2017
CURVES = 10  # of a chart
MOST_CLASSES = 100  # in a matrix of numbers
MOST_NUMBERS = 30  # classes of a chart with a number in each cell


class Predictions(NamedTuple):
    """Target and predicted class by number (samples), and the probability of each class (samples, classes)."""

    target: NDArray[np.int64]
    prediction: NDArray[np.int64]
    probability: NDArray[np.float64]

    @classmethod
    def of(cls, classes: Sequence[str], table: DataFrame) -> "Predictions":
        number = {name: index for index, name in enumerate(classes)}
        target, prediction = (
            np.asarray([number[name] for name in table[part].to_list()]) for part in ("target", "prediction")
        )
        probability = table.select([f"{PROBABILITY}_{name}" for name in classes]).to_numpy()
        return cls(target, prediction, probability.astype(np.float64))

    @property
    def confidence(self) -> NDArray[np.float64]:
        """Probability of the predicted class."""
        picked: NDArray[np.float64] = self.probability[np.arange(len(self.prediction)), self.prediction]
        return picked


def summarize(classes: Sequence[str], table: DataFrame) -> dict[str, Any]:
    """Accuracy, calibration error, the confusion matrix (a row for each target), and for each class precision, recall,
    F1, the area under the precision-recall curve (as average precision) and under the ROC curve; None where a class
    has no sample, or a probability is not finite. No matrix of more than 100 classes.
    """
    predictions, labels = Predictions.of(classes, table), range(len(classes))
    counts = _confusion_matrix(predictions, len(classes))
    right, given, samples = counts.diagonal(), counts.sum(0), counts.sum(1)
    scores = {
        "precision": right / np.maximum(given, 1),
        "recall": right / np.maximum(samples, 1),
        "f1": 2 * right / np.maximum(given + samples, 1),
    }
    each = {
        classes[label]: {
            **{name: float(score[label]) for name, score in scores.items()},
            **areas_of(predictions, label),
            "samples": int(samples[label]),
        }
        for label in labels
    }
    known = [facts for facts in each.values() if facts["samples"]]
    averaged = ("precision", "recall", "f1", "average_precision", "roc_auc")
    return {
        "acc": float((predictions.target == predictions.prediction).mean()),
        "calibration_error": _calibration_error(predictions),
        "mean_of_classes": {name: _mean([facts[name] for facts in known]) for name in averaged},
        "classes": each,
        **({"confusion_matrix": counts.tolist()} if len(classes) <= MOST_CLASSES else {}),
    }


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _confusion_matrix(predictions: Predictions, size: int) -> NDArray[np.int64]:
    counts = np.bincount(predictions.target * size + predictions.prediction, minlength=size * size)
    return counts.reshape(size, size)


def one_vs_rest(predictions: Predictions, label: int) -> tuple[Tensor, Tensor]:
    """Probability of a class, and whether it is the target, as arguments of torchmetrics."""
    return torch.from_numpy(predictions.probability[:, label].copy()), torch.from_numpy(
        predictions.target == label
    ).long()


def areas_of(predictions: Predictions, label: int) -> dict[str, float | None]:
    known = average_precision_of(predictions, label)
    area = None if known is None else float(binary_auroc(*one_vs_rest(predictions, label), validate_args=False))
    return {"average_precision": known, "roc_auc": area}


def average_precision_of(predictions: Predictions, label: int) -> float | None:
    truth, given = predictions.target == label, predictions.probability[:, label]
    if truth.all() or not truth.any() or not np.isfinite(given).all():
        return None
    return float(binary_average_precision(*one_vs_rest(predictions, label), validate_args=False))


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
    areas = {label: average_precision_of(predictions, label) for label in range(len(classes))}
    worst = sorted((area, label) for label, area in areas.items() if area is not None)[:CURVES]
    chosen = sorted(label for _, label in worst)
    return {
        "confusion_matrix": _confusion(classes, predictions),
        "calibration": _calibration(predictions),
        "precision_recall_curve": _curves(classes, predictions, chosen, roc=False),
        "receiver_operating_characteristic": _curves(classes, predictions, chosen, roc=True),
    }


def _confusion(classes: Sequence[str], predictions: Predictions) -> Figure:
    side, short = min(4 + 0.45 * len(classes), 20), max(map(len, classes)) <= 3
    figure = Figure(figsize=(side, side), layout=None if short else "constrained")
    if short:  # a constrained layout takes 0.1 s
        figure.subplots_adjust(left=0.09, right=0.99, top=0.99, bottom=0.09)
    axis, counts = figure.subplots(), _confusion_matrix(predictions, len(classes))
    axis.imshow(counts, cmap="Blues")
    axis.set_xlabel("Predicted class", fontsize=15)
    axis.set_ylabel("True class", fontsize=15)
    axis.set_xticks(range(len(classes)), classes, rotation=45, size=10)
    axis.set_yticks(range(len(classes)), classes, rotation=25, size=10)
    for row, column in np.ndindex(counts.shape) if len(classes) <= MOST_NUMBERS else ():
        colour = "white" if counts[row, column] > counts.max() / 2 else "black"
        axis.text(column, row, str(counts[row, column]), ha="center", va="center", color=colour, fontsize=15)
    return figure


def _calibration(predictions: Predictions) -> Figure:
    figure = Figure(figsize=(6, 6.5))
    curve, counts = figure.subplots(2, height_ratios=(3, 1), sharex=True)
    figure.subplots_adjust(left=0.12, right=0.97, top=0.94, bottom=0.08, hspace=0.08)
    known = np.isfinite(predictions.confidence)
    sure, right = predictions.confidence[known], (predictions.target == predictions.prediction)[known]
    bins = np.minimum((sure * BINS).astype(np.int64), BINS - 1)
    sizes = np.bincount(bins, minlength=BINS)
    means = [np.bincount(bins, weights, BINS) / np.maximum(sizes, 1) for weights in (sure, right)]
    filled = sizes > 0
    curve.plot([0, 1], [0, 1], "k:", label="perfectly calibrated")
    curve.plot(means[0][filled], means[1][filled], "s-", label="predictions")
    curve.legend(loc="lower right")
    curve.set(ylabel="accuracy", title=f"calibration error {_calibration_error(predictions):.4f}")
    counts.hist(sure, bins=BINS, range=(0, 1))
    counts.set(xlabel="confidence", ylabel="samples")
    return figure


def _curves(classes: Sequence[str], predictions: Predictions, labels: Sequence[int], roc: bool) -> Figure:
    figure = Figure(figsize=(7, 6))
    figure.subplots_adjust(left=0.09, right=0.98, top=0.98, bottom=0.09)  # no long labels: a layout takes 0.1 s
    axis = figure.subplots()
    for label in labels:
        facts, given = areas_of(predictions, label), one_vs_rest(predictions, label)
        if roc:
            x, y, _ = binary_roc(*given, validate_args=False)
            axis.plot(x, y, label=f"{classes[label]} (AUC = {facts['roc_auc']:.2f})")
        else:
            y, x, _ = binary_precision_recall_curve(*given, validate_args=False)
            axis.plot(x, y, drawstyle="steps-post", label=f"{classes[label]} (AP = {facts['average_precision']:.2f})")
    words = ("false positive rate", "true positive rate") if roc else ("recall", "precision")
    axis.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01), xlabel=words[0], ylabel=words[1])
    axis.legend(loc="lower right" if roc else "lower left")
    return figure
