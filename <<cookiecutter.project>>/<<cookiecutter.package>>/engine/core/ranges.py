"""Ranges of values in annotations, with annotated-types: `Annotated[int, Ge(1)]`.

Used for tensor fields of a definition and for arguments in a config. The latter are parsed from source
(`cli/signatures.py`), so their bounds must be literals.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from annotated_types import Ge, Gt, Interval, Le, Lt

Limit = Ge | Gt | Le | Lt
SIGNS: dict[type[Limit], str] = {Ge: ">=", Gt: ">", Le: "<=", Lt: "<"}


def limits(extras: Iterable[object]) -> Iterator[Limit]:
    """Yield the limits among the metadata of an `Annotated`; an `Interval` has several."""
    for extra in extras:
        if isinstance(extra, Interval):
            yield from limits(extra)
        elif isinstance(extra, Limit):
            yield extra


def bound(limit: Limit) -> Any:
    """Number of a limit, or the name of an axis."""
    return getattr(limit, type(limit).__name__.lower())


def as_text(ranges: Iterable[Limit]) -> str:
    """Format limits as text: `>= 0 and < classes`."""
    return " and ".join(f"{SIGNS[type(limit)]} {bound(limit)}" for limit in ranges)
