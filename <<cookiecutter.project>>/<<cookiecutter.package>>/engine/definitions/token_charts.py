"""Charts of language models."""

import numpy as np
from matplotlib.figure import Figure
from polars import DataFrame


def charts(table: DataFrame) -> dict[str, Figure]:
    """`bits`: histogram of the bits a character needs in each sample; the column `loss` has them in nats."""
    figure = Figure(figsize=(8, 4), layout="constrained")
    axis = figure.subplots()
    bits = table["loss"].to_numpy() / np.log(2)
    axis.hist(bits, bins=40)
    axis.axvline(bits.mean(), color="black", linewidth=1)
    axis.set(xlabel=f"bits a character, mean {bits.mean():.3f}", ylabel="samples")
    return {"bits": figure}
