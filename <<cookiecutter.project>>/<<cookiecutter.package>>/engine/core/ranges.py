"""The range of a value, written into its annotation: `Annotated[int, Range(1)]`.

Tensor fields of a definition and arguments in a config use the same word. Configs are checked by reading it from the
source (`cli/signatures.py`), so its arguments must be literals.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Range:
    """`low` <= value <= `high`, and value < `below`, which may name an axis of the definition (`"classes"`)."""

    low: float | None = None
    high: float | None = None
    below: float | str | None = None
    above: float | None = None

    def __str__(self) -> str:
        parts = {">=": self.low, ">": self.above, "<=": self.high, "<": self.below}
        return " and ".join(f"{sign} {bound}" for sign, bound in parts.items() if bound is not None)
