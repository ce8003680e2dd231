"""Charts of predictions that are numbers."""

from matplotlib.figure import Figure
from polars import DataFrame

TARGET, PREDICTION = "target_", "prediction_"


def predicted_over_target(table: DataFrame) -> dict[str, Figure]:
    """Scatter plot of predictions over targets by the name `predicted`; empty if no numeric column has both."""
    names = [name.removeprefix(TARGET) for name in table.columns if name.startswith(TARGET)]
    pairs = [
        name for name in names if f"{PREDICTION}{name}" in table.columns and table[f"{TARGET}{name}"].dtype.is_float()
    ]
    if not pairs:
        return {}
    figure = Figure(figsize=(6, 6), layout="constrained")
    axis = figure.subplots()
    for name in pairs:
        axis.scatter(table[f"{TARGET}{name}"].to_numpy(), table[f"{PREDICTION}{name}"].to_numpy(), s=12, label=name)
    axis.axline((0, 0), slope=1, color="black", linewidth=1)
    axis.set(xlabel="target", ylabel="prediction")
    axis.legend()
    return {"predicted": figure}
