"""Batches: from samples, from batches, from some places of a batch."""

from collections.abc import Collection, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import default_collate

from ..core.errors import InputError
from ..definitions.definition import Batch, Sample
from ..definitions.ragged import Ragged


def stack(samples: Sequence[Sample], ragged: Collection[tuple[str, str]] = ()) -> Batch:
    """Samples of the same form, field by field; the `ragged` fields may differ in length.

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
    """The `input` or the `target` of samples as one named tuple, as `stack` does."""
    columns: list[Tensor | Ragged] = []
    kind = type(getattr(samples[0], part))
    for field in kind._fields:
        column = [_tensor(getattr(getattr(sample, part), field), field, sample.id) for sample in samples]
        free = 1 if (part, field) in ragged and column[0].ndim else 0
        odd = next((place for place, value in enumerate(column) if value.shape[free:] != column[0].shape[free:]), None)
        if odd is not None:
            raise InputError(
                f"Field '{field}' is {list(column[0].shape)} in sample {samples[0].id} but "
                f"{list(column[odd].shape)} in sample {samples[odd].id}: a cached transformer must even them out."
            )
        columns.append(Ragged.of(column) if free else _stacked(column))
    return kind(*columns)


def _stacked(column: list[Tensor]) -> Tensor:
    # In a worker, default_collate stacks into shared memory: handing the batch over needs no second copy.
    same = len({value.dtype for value in column}) == 1 and column[0].numel() > 0
    stacked: Tensor = default_collate(column) if same else torch.stack(column)
    return stacked


def _tensor(value: Any, field: str, place: int) -> Tensor:
    try:
        return torch.as_tensor(value)
    except (TypeError, ValueError, RuntimeError) as error:
        kind = type(value).__name__
        raise InputError(f"get_{field} gives {kind} for sample {place}, expected a tensor or a number.") from error


def join(parts: Sequence[Batch]) -> Batch:
    """Batches one behind the other."""
    first = parts[0]
    return Batch(
        id=torch.cat([part.id for part in parts]),
        weight=torch.cat([part.weight for part in parts]),
        input=type(first.input)(*map(_joined, zip(*(part.input for part in parts), strict=True))),
        target=type(first.target)(*map(_joined, zip(*(part.target for part in parts), strict=True))),
    )


def _joined(fields: Sequence[Any]) -> Any:
    return Ragged.join(fields) if isinstance(fields[0], Ragged) else torch.cat(list(fields))


def index_batch(batch: Batch, places: Tensor | slice, seed: int = 0) -> Batch:
    """Some samples of a batch, each field one tensor."""
    return Batch(
        id=batch.id[places],
        weight=batch.weight[places],
        input=type(batch.input)(*(index(field, places) for field in batch.input)),
        target=type(batch.target)(*(index(field, places) for field in batch.target)),
        seed=seed,
    )


def index(field: Any, places: Tensor | slice) -> Tensor:
    """Some rows of a field as one tensor."""
    if isinstance(field, Tensor) and isinstance(places, Tensor):
        return field.index_select(0, places)  # copies whole rows: several times as fast as `field[places]`
    rows: Tensor = field[places]
    return rows


def identity(batch: Any) -> Any:
    """The collate function where batches come whole."""
    return batch
