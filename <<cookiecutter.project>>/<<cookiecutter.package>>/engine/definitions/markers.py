"""Markers in the annotations of fields: lengths, fill values, pixels and points that move together."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeVar, get_args, get_type_hints

AT_COLLATION: Any = None
"""Default of a field that collation fills in."""


@dataclass(frozen=True)
class Length:
    """The field (batch) int64 holds the length of each sample of field `of` before padding; collation fills it in."""

    of: str


@dataclass(frozen=True)
class Fill:
    """Value of padding, and of elements to ignore: it may lie outside of the field's range."""

    value: float


@dataclass(frozen=True)
class Spatial:
    """The last two axes are rows and columns of pixels, which geometric augmentation moves in all such fields at once.

    New pixels are interpolated between the old ones, or take the value of the nearest.
    """

    interpolation: Literal["bilinear", "nearest"]


@dataclass(frozen=True)
class Points:
    """Field (batch, …, 2) of coordinates in the image: x and y in pixels, (0, 0) at the centre of the top left pixel.

    Geometric augmentation moves them with the image.
    """


Marker = TypeVar("Marker", Length, Fill, Spatial, Points)


def hints_of(tuple_type: type[NamedTuple]) -> Mapping[str, Any]:
    """Annotations of the fields of a named tuple, with their markers and ranges."""
    return get_type_hints(tuple_type, include_extras=True)


def marked(tuple_type: type[NamedTuple], marker: type[Marker]) -> dict[str, Marker]:
    """Fields of a named tuple that have a marker of one class, with that marker."""
    extras = {field: get_args(hints_of(tuple_type)[field])[1:] for field in tuple_type._fields}
    return {name: extra for name, values in extras.items() for extra in values if isinstance(extra, marker)}


def fill_of(tuple_type: type[NamedTuple], field: str) -> float:
    """Value of padding in a field, 0 without a marker."""
    fill = marked(tuple_type, Fill).get(field)
    return 0 if fill is None else fill.value
