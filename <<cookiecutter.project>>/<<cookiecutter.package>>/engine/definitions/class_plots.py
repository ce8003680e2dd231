"""Plots of classes, from a table with a row for each sample."""

from collections.abc import Sequence

import numpy as np
from polars import DataFrame
from torchmetrics.functional.classification import binary_precision_recall_curve, binary_roc

from .class_charts import Predictions, areas_of, average_precision_of, one_vs_rest
from .plot import FAINT, TRAIN, Plot, Spec, axis, colour, layers, thinned

BINS = 10  # of the confidence, each with as many samples as the others
WORST = 5  # classes whose curves are drawn
SHARES: Spec = {"domain": [0, 1], "nice": False}


def plots(classes: Sequence[str], table: DataFrame) -> dict[str, list[Plot]]:
    """Plots in place of the charts of these names: calibration, and the curves of the classes with the least average
    precision.
    """
    predictions = Predictions.of(classes, table)
    if not np.isfinite(predictions.probability).all():
        return {}
    areas = {label: average_precision_of(predictions, label) for label in range(len(classes))}
    worst = sorted((area, label) for label, area in areas.items() if area is not None)[:WORST]
    labels = [label for _, label in worst]
    few = len(worst) < sum(area is not None for area in areas.values())
    which = f"the {len(worst)} worst classes" if few else "all classes"
    found = {"calibration": [_calibration(predictions)]}
    if labels:
        found["precision_recall_curve"] = [_curves(classes, predictions, labels, which, roc=False)]
        found["receiver_operating_characteristic"] = [_curves(classes, predictions, labels, which, roc=True)]
    return found


def _calibration(predictions: Predictions) -> Plot:
    order = np.argsort(predictions.confidence, kind="stable")
    right = (predictions.target == predictions.prediction)[order].astype(float)
    parts = [part for part in np.array_split(np.arange(len(order)), min(BINS, len(order))) if len(part)]
    rows: list[Spec] = [
        {
            "confidence": round(float(predictions.confidence[order][part].mean()), 4),
            "accuracy": round(float(right[part].mean()), 4),
            "samples": len(part),
        }
        for part in parts
    ]
    encoding = {
        "x": axis("confidence", "confidence", **SHARES),
        "y": axis("accuracy", "accuracy", **SHARES),
        "tooltip": [{"field": field} for field in ("confidence", "accuracy", "samples")],
    }
    diagonal = {"values": [{"confidence": 0, "accuracy": 0}, {"confidence": 1, "accuracy": 1}]}
    dashed = {"type": "line", "color": FAINT, "strokeDash": [4, 4]}
    marks = [
        {"data": diagonal, "mark": dashed, "encoding": {key: encoding[key] for key in ("x", "y")}},
        {"mark": {"type": "line", "color": TRAIN, "point": {"size": 50, "color": TRAIN}}, "encoding": encoding},
    ]
    gap = max(abs(row["confidence"] - row["accuracy"]) for row in rows)
    said = f"Accuracy over confidence in {len(rows)} groups of {rows[0]['samples']} samples; largest gap {gap:.2f}."
    return Plot(f"groups of {rows[0]['samples']} samples", said, layers(rows, *marks, width=300, height=300))


def _curves(classes: Sequence[str], predictions: Predictions, labels: Sequence[int], which: str, roc: bool) -> Plot:
    rows: list[Spec] = []
    ends = []
    for label in labels:
        given, areas = one_vs_rest(predictions, label), areas_of(predictions, label)
        if roc:
            x, y, _ = binary_roc(*given, validate_args=False)
            name = f"{classes[label]} (area {areas['roc_auc']:.3f})"
        else:
            y, x, _ = binary_precision_recall_curve(*given, validate_args=False)
            name = f"{classes[label]} (AP {areas['average_precision']:.3f})"
        ends.append(name)
        points = thinned(list(zip(x.tolist(), y.tolist(), strict=True)))
        rows += [
            {"x": round(a, 4), "y": round(b, 4), "class": name, "order": place} for place, (a, b) in enumerate(points)
        ]
    words = ("false positive rate", "true positive rate") if roc else ("recall", "precision")
    encoding: Spec = {
        "x": axis("x", words[0], **SHARES),
        "y": axis("y", words[1], **SHARES),
        "color": {**colour("class"), "legend": {"orient": "bottom", "columns": 2, "labelLimit": 220}},
        "order": {"field": "order", "type": "quantitative"},
        "tooltip": [{"field": "class"}, {"field": "x", "title": words[0]}, {"field": "y", "title": words[1]}],
    }
    line = {"mark": {"type": "line", "strokeWidth": 2}, "encoding": encoding}
    what = "ROC" if roc else "Precision over recall"
    return Plot(which, f"{what}, {which}: {', '.join(ends)}.", layers(rows, line, width=300, height=300))
