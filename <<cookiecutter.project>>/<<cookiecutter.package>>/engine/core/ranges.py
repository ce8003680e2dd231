"""Ranges of values, written into annotations with annotated-types: `Annotated[int, Ge(1)]`.

Tensor fields of a definition and arguments in a config use the same words. Configs are checked by reading them from the
source (`cli/signatures.py`), so their arguments must be literals.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from annotated_types import Ge, Gt, Interval, Le, Lt

Limit = Ge | Gt | Le | Lt
SIGNS: dict[type[Limit], str] = {Ge: ">=", Gt: ">", Le: "<=", Lt: "<"}


def limits(extras: Iterable[Any]) -> Iterator[Limit]:
    """The limits among the extras of an `Annotated`; an `Interval` is several."""
    for extra in extras:
        if isinstance(extra, Interval):
            yield from limits(extra)
        elif isinstance(extra, Limit):
            yield extra


def bound(limit: Limit) -> Any:
    """The number of a limit, or the name of an axis."""
    return getattr(limit, type(limit).__name__.lower())


def as_text(found: Iterable[Limit]) -> str:
    """The limits as a person writes them: `>= 0 and < classes`."""
    return " and ".join(f"{SIGNS[type(limit)]} {bound(limit)}" for limit in found)
