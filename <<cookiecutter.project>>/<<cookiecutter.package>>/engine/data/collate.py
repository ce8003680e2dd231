"""Collation: batches from samples, from batches, and from indices into a batch."""

from collections.abc import Collection, Sequence
from typing import Any, TypeVar

import torch
from torch import Tensor
from torch.utils.data import default_collate

from ..core.errors import InputError
from ..definitions.definition import Batch, Sample
from ..definitions.fields import map_fields
from ..definitions.markers import Length, fill_of, marked
from ..definitions.ragged import Ragged
from .lazy_rows import rows_of

Content = TypeVar("Content")


def stack(samples: Sequence[Sample], ragged: Collection[tuple[str, str]] = ()) -> Batch:
    """Stack samples field by field; the `ragged` fields may differ in length.

    Raises:
        InputError: the samples of a field differ in shape; names the field and two of the samples.
    """
    return Batch(
        id=torch.tensor([sample.id for sample in samples]),
        weight=torch.tensor([sample.weight for sample in samples], dtype=torch.float32),
        input=stack_part(samples, "input", ragged),
        target=stack_part(samples, "target", ragged),
    )


def stack_part(samples: Sequence[Sample], part: str, ragged: Collection[tuple[str, str]] = ()) -> Any:
    """Stack the `input` or the `target` of samples into one named tuple, and fill in the lengths of its fields."""
    columns: dict[str, Tensor | Ragged] = {}
    tuple_type = type(getattr(samples[0], part))
    lengths = marked(tuple_type, Length)
    for field in [name for name in tuple_type._fields if name not in lengths]:
        column = [_tensor(getattr(getattr(sample, part), field), field, sample.id) for sample in samples]
        free = 1 if (part, field) in ragged and column[0].ndim else 0
        odd = next((index for index, value in enumerate(column) if value.shape[free:] != column[0].shape[free:]), None)
        if odd is not None:
            raise InputError(
                f"Field '{field}' is {list(column[0].shape)} in sample {samples[0].id} but "
                f"{list(column[odd].shape)} in sample {samples[odd].id}: a cached transformer must make them equal."
            )
        columns[field] = Ragged.of(column, fill_of(tuple_type, field)) if free else _stacked(column)
    columns |= {field: _lengths(columns[length.of]) for field, length in lengths.items()}
    return tuple_type(*(columns[field] for field in tuple_type._fields))


def _lengths(field: Tensor | Ragged) -> Tensor:
    return field.lengths if isinstance(field, Ragged) else torch.full([len(field)], field.shape[1])


def _stacked(column: list[Tensor]) -> Tensor:
    # In a worker, default_collate stacks into shared memory: handing the batch over needs no second copy.
    same = len({value.dtype for value in column}) == 1 and column[0].numel() > 0
    stacked: Tensor = default_collate(column) if same else torch.stack(column)
    return stacked


def _tensor(value: object, field: str, id: int) -> Tensor:
    try:
        return torch.as_tensor(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError(
            f"get_{field} gives {type(value).__name__} for sample {id}, expected a tensor or a number."
        ) from error


def join(batches: Sequence[Batch]) -> Batch:
    """Concatenate batches."""
    first = batches[0]
    return Batch(
        id=torch.cat([batch.id for batch in batches]),
        weight=torch.cat([batch.weight for batch in batches]),
        input=type(first.input)(*map(_join, zip(*(batch.input for batch in batches), strict=True))),
        target=type(first.target)(*map(_join, zip(*(batch.target for batch in batches), strict=True))),
    )


def _join(fields: Sequence[Any]) -> Any:
    return Ragged.join(fields) if isinstance(fields[0], Ragged) else torch.cat(list(fields))


def index_batch(batch: Batch, indices: Tensor | slice, seed: int = 0) -> Batch:
    """Select samples of a batch; each field becomes one tensor."""
    return Batch(
        id=batch.id[indices],
        weight=batch.weight[indices],
        input=map_fields(lambda field: rows_of(field, indices), batch.input),
        target=map_fields(lambda field: rows_of(field, indices), batch.target),
        seed=seed,
    )


def identity(batch: Content) -> Content:
    """Collate function of a loader whose dataset yields whole batches."""
    return batch
