"""Values of fields as table columns, as text and as pixels."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .check import axes

MOST_COLUMNS = 64  # of one field; larger fields have none
SHORTEST_CURVE = 32  # numbers that are drawn as a curve
MOST_NUMBERS = 6  # of one field in a text; of larger ones the shape is given


def fixed_fields(fields: NamedTuple, sizes: Mapping[str, int]) -> dict[str, Tensor]:
    """Fields whose axes after the batch all have a size, by name."""
    free = {name: set(filter(str.isidentifier, axes(type(fields), name)[1:])) - set(sizes) for name in fields._fields}
    return {name: field for name, field in fields._asdict().items() if not free[name]}


def as_columns(prefix: str, fields: Mapping[str, Tensor], class_names: Sequence[str]) -> dict[str, NDArray[np.generic]]:
    """Columns `<prefix>_<field>`, or `<prefix>_<field>_<number>` for each element; classes by name."""
    columns: dict[str, NDArray[np.generic]] = {}
    for name, field in fields.items():
        rows = field.detach().cpu().flatten(1) if field.ndim > 1 else field.detach().cpu().unsqueeze(1)
        if class_names and field.ndim == 1 and not field.is_floating_point():
            columns[f"{prefix}_{name}"] = np.asarray(class_names)[rows[:, 0].numpy()]
        elif rows.shape[1] == 1:
            columns[f"{prefix}_{name}"] = _numbers(rows[:, 0])
        elif rows.shape[1] <= MOST_COLUMNS:
            columns |= {f"{prefix}_{name}_{index}": _numbers(column) for index, column in enumerate(rows.unbind(1))}
    return columns


def _numbers(column: Tensor) -> NDArray[np.generic]:
    numbers: NDArray[np.generic] = (column.float() if column.is_floating_point() else column).numpy()
    return numbers


def as_text(fields: NamedTuple, class_names: Sequence[str]) -> list[str]:
    """Short text for each sample: class names, up to 6 numbers, or the shape of larger fields."""
    columns = [_texts(field, class_names) for field in fields if field is not None]
    return [", ".join(row) for row in zip(*columns, strict=True)]


def _texts(field: Tensor | Sequence[Tensor], class_names: Sequence[str]) -> list[str]:
    if class_names and isinstance(field, Tensor) and field.ndim == 1 and not field.is_floating_point():
        return [class_names[value] for value in field.tolist()]
    return [value_text(value) for value in field]


def value_text(value: Tensor | object) -> str:
    """Up to 6 numbers, the shape and dtype of a larger tensor, or a raw value that is no tensor yet."""
    if not isinstance(value, Tensor):
        return str(value)
    if value.numel() > MOST_NUMBERS:
        return f"{list(value.shape)} {str(value.dtype).removeprefix('torch.')}"
    return " ".join(f"{number:.4g}" for number in value.flatten().tolist())


def image_field(fields: NamedTuple) -> Tensor | None:
    """Pixels (H, W, 1 or 3) of the first field of one sample that is uint8 (1 or 3, H, W); None without one."""
    for field in fields:
        if isinstance(field, Tensor) and field.dtype == torch.uint8 and field.ndim == 3 and len(field) in (1, 3):
            return field.permute(1, 2, 0).cpu()
    return None


def curve_field(fields: NamedTuple) -> Tensor | None:
    """First field of one sample that is a row of 32 finite floating-point numbers or more; None without one."""
    for field in fields:
        if not isinstance(field, Tensor) or not field.is_floating_point() or field.ndim != 1:
            continue
        if len(field) >= SHORTEST_CURVE and field.isfinite().all():
            return field.detach().float().cpu()
    return None


def described(field: str, values: Tensor | object, names: Sequence[str] = ()) -> str:
    """Line of text about the values of a target field. `names`: of its classes."""
    if names and isinstance(values, Tensor):
        counts = torch.bincount(values, minlength=len(names))
        few, many = int(counts.min()), int(counts.max())
        return f"{len(names)} classes, {few if few == many else f'{few} to {many}'} samples each"
    if not isinstance(values, Tensor):
        return f"{field} of different lengths, or in files"
    numbers = values.double()
    return f"{field} from {float(numbers.min()):.3g} to {float(numbers.max()):.3g}, mean {float(numbers.mean()):.3g}"
