"""Facts of samples that are no fields (file, patient, camera), as columns of tables."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from ..core.errors import InputError, failure
from .dataset import Dataset, Meta, SplitName, paths_of

FIXED = ("id", "loss", "weight")  # columns of every table of predictions


def meta_of(dataset: Dataset, split: SplitName, indices: Iterable[int]) -> list[Meta]:
    """Facts of the samples with these indices into the tokens of a split: `dataset.meta`, and `path` for a token with
    a path.

    Raises:
        InputError: `meta` fails, or returns something else than texts and numbers by name.
    """
    tokens = dataset.tokens(split)
    return [_checked(dataset, tokens[index]) for index in indices]


def _checked(dataset: Dataset, token: Any) -> Meta:
    name = f"{type(dataset).__name__}.meta"
    try:
        facts: Any = dict(dataset.meta(token))
    except InputError:
        raise
    except Exception as error:  # the owner's code may raise anything
        raise failure(f"{name} fails", error) from error
    for column, value in facts.items():
        if not isinstance(column, str) or not isinstance(value, str | int | float):
            raise InputError(
                f"{name} gives {column!r}: {type(value).__name__}, expected a text or a number by name (left out for a "
                "sample without it)."
            )
    path = next(iter(paths_of(token)), None)
    return facts if path is None else {"path": str(path), **facts}


def columns_of(dataset: Dataset, rows: Sequence[Meta], taken: Collection[str]) -> dict[str, list[str | float | None]]:
    """Values of each column, None where a row lacks it.

    Raises:
        InputError: a column has a name of `taken`, or both texts and numbers.
    """
    name = f"{type(dataset).__name__}.meta"
    names = dict.fromkeys(column for row in rows for column in row)
    for column in names:
        if column in taken:
            raise InputError(f"{name} gives '{column}', which tables of predictions already have: rename it.")
        if len({isinstance(row[column], str) for row in rows if column in row}) > 1:
            raise InputError(f"{name} gives '{column}' as text and as number, expected one of them for all samples.")
    return {column: [row.get(column) for row in rows] for column in names}
