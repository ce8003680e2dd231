"""Metrics as functions of sums over the rows of a table: means, and ratios of sums."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from polars import DataFrame

Array = NDArray[np.float64]


class RowMetric(NamedTuple):
    """Mean over `parts` of the sum of one column over that of another, transformed.

    Attributes:
        parts: Columns (numerator, denominator); the denominator None is the number of rows. A part whose denominator is
            0 in sum, like a class that no sample has, is left out.
        greater_is_better: Whether a greater value is a better one.
        weight: Column by which both sums are weighted; None for equal weights.
        transform: Of the mean, elementwise.
    """

    parts: Sequence[tuple[str, str | None]]
    greater_is_better: bool
    weight: str | None = None
    transform: Callable[[Array], Array] | None = None

    @property
    def is_share(self) -> bool:
        """Whether it is the mean of one column, all rows with the same weight."""
        return len(self.parts) == 1 and self.parts[0][1] is None and self.weight is None and self.transform is None

    def columns(self, table: "DataFrame") -> Array:
        """Numerators, then denominators, of each row: (rows, 2 parts) float64."""
        weight = table[self.weight].to_numpy() if self.weight else np.ones(len(table))
        above = [table[name].to_numpy() * weight for name, _ in self.parts]
        below = [weight if name is None else table[name].to_numpy() * weight for _, name in self.parts]
        return np.stack([*above, *below], 1).astype(np.float64)

    def value(self, sums: Array) -> Array:
        """Metric of sums of these columns, (…, 2 parts); returns (…)."""
        above, below = np.split(sums, 2, axis=-1)
        known = below > 0
        ratios = np.divide(above, below, out=np.zeros_like(above), where=known)
        count = known.sum(-1)
        mean = np.divide(ratios.sum(-1), count, out=np.full(count.shape, np.nan), where=count > 0)
        return mean if self.transform is None else self.transform(mean)


def mean_of(column: str, greater_is_better: bool) -> RowMetric:
    """Mean of a column."""
    return RowMetric([(column, None)], greater_is_better)
