"""Plots of language models, from a table with a row for each sample."""

import numpy as np
from polars import DataFrame

from .plot import Plot, histogram


def plots(table: DataFrame) -> dict[str, list[Plot]]:
    """In place of the chart `bits`: those that a character needs in each sample."""
    bits = table["loss"].to_numpy() / np.log(2)
    said = f"Bits a character in {len(bits):,} samples, mean {bits.mean():.3f}."
    return {"bits": [Plot(f"mean {bits.mean():.3f}", said, histogram(bits, "bits a character", float(bits.mean())))]}
