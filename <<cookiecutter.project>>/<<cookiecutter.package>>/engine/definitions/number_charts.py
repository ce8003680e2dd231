"""Statistics and charts of predicted numbers."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from polars import DataFrame

CENTRE = (0.05, 0.95)  # quantiles of the errors between which 90 % of them lie


def errors_of(name: str, table: DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Targets and errors (prediction - target) of one number."""
    target = table[f"target_{name}"].to_numpy().astype(np.float64)
    return target, table[f"prediction_{name}"].to_numpy().astype(np.float64) - target


def summarize(names: Sequence[str], table: DataFrame) -> dict[str, object]:
    """`mae` and `rmse`; for each number R², mean and median of the errors, and the interval that holds 90 % of them.

    R² = 1 - sum of squared errors / sum of squared differences of the targets from their mean; None if all targets are
    equal.
    """
    squares = table["squared_error"].to_numpy().mean()
    statistics: dict[str, object] = {
        "mae": float(table["absolute_error"].to_numpy().mean()),
        "rmse": float(squares**0.5),
    }
    for name in names:
        target, error = errors_of(name, table)
        spread = float(((target - target.mean()) ** 2).sum())
        low, high = np.quantile(error, CENTRE)
        statistics[name] = {
            "r2": 1 - float((error**2).sum()) / spread if spread > 0 else None,
            "mean_error": float(error.mean()),
            "median_absolute_error": float(np.median(np.abs(error))),
            "error_interval_90": [float(low), float(high)],
        }
    return statistics


def charts(names: Sequence[str], table: DataFrame) -> dict[str, Figure]:
    """`predicted`: predictions over targets. `residuals`: errors over predictions, with the interval of 90 %."""
    figures = {name: Figure(figsize=(6 * len(names), 5), layout="constrained") for name in ("predicted", "residuals")}
    axes = {name: figure.subplots(1, len(names), squeeze=False)[0] for name, figure in figures.items()}
    for index, name in enumerate(names):
        target, error = errors_of(name, table)
        over, residual = axes["predicted"][index], axes["residuals"][index]
        over.scatter(target, target + error, s=12)
        over.axline((float(target[0]), float(target[0])), slope=1, color="black", linewidth=1)
        over.set(title=name, xlabel="target", ylabel="prediction")
        residual.scatter(target + error, error, s=12)
        residual.axhline(0, color="black", linewidth=1)
        for quantile in np.quantile(error, CENTRE):
            residual.axhline(quantile, color="crimson", linewidth=1, linestyle="dashed")
        residual.set(title=name, xlabel="prediction", ylabel="error (dashed: 90 % lie between)")
    return figures
