"""Columns of the table of predictions are the metrics: a mean, or a ratio of sums."""

import json

import pytest

from conftest import Run
from my_project.engine.inference.predictions import read
from my_project.engine.reports.bootstrap import interval_of

FAMILIES = {
    "image_classification": {"acc"},
    "text_classification": {"acc"},
    "tabular": {"acc"},
    "tabular_numbers": {"mae", "rmse"},
    "segmentation": {"acc", "iou"},
    "text_line": {"cer", "exact"},
    "language_model": {"bits", "perplexity"},
}


@pytest.mark.parametrize("problem", FAMILIES)
def test_columns_are_the_metrics(problem: str, trained_with: Run) -> None:
    folder = trained_with(problem) / "test"
    evaluated = read(folder / "predictions.parquet")
    said = json.loads((folder / "metrics.json").read_text())
    metrics = evaluated.definition.presentation().row_metrics()
    assert set(metrics) == FAMILIES[problem] | {"loss"}
    for name, metric in metrics.items():
        found = interval_of(metric, metric.columns(evaluated.table))
        assert found.value == pytest.approx(said[name], rel=1e-4, abs=1e-6), name
        assert found.low <= found.value <= found.high
