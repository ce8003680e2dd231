"""Filters: predicates that select samples of a dataset."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from ..core.errors import InputError
from ..datasets.dataset import SPLITS, Dataset, SplitName


class SampleId(NamedTuple):
    """A sample, by split and index of its token in it."""

    split: SplitName
    id: int

    def __str__(self) -> str:
        return f"{self.split} {self.id}"


Filter = Callable[[Dataset, object, SampleId], bool]
"""Called with a dataset, a token, and the sample that the token names."""


class ByValue:
    """Keep samples whose `field` has one of `values`, in every split.

    Raises:
        InputError: the definition has no such field.
    """

    def __init__(self, field: str, values: Sequence[float]) -> None:
        self.field, self.values = field, frozenset(values)

    def __call__(self, dataset: Dataset, token: object, sample: SampleId) -> bool:
        definition = dataset.definition()
        fields = (*definition.Target._fields, *definition.Input._fields)
        if self.field not in fields:
            raise InputError(f"field = {self.field}: expected one of {', '.join(fields)}.")
        return dataset.getter(self.field)(token) in self.values


class Unlisted:
    """Keep training samples that a table does not name: `labels.csv` of explore.py, or another with its columns.

    Other samples are kept all: a score without the doubtful ones would be too good. A row has `split` and `id` of a
    sample. Where `corrected` is the sample's `label`, somebody has looked at it: the sample is kept.

    Raises:
        InputError: the table cannot be read, or a row names no sample.
    """

    def __init__(self, file: str) -> None:
        self.listed: set[tuple[str, int]] = set()
        try:
            with Path(file).open(newline="", encoding="utf-8") as table:
                for number, row in enumerate(csv.DictReader(table), 2):
                    if row.get("split") not in SPLITS or not str(row.get("id")).isdecimal():
                        raise InputError(
                            f"{file}: line {number} has no split ({', '.join(SPLITS)}) and id of a sample."
                        )
                    if not row.get("corrected") or row["corrected"] != row.get("label"):
                        self.listed.add((row["split"], int(row["id"])))
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                f"{file} cannot be read ({error}): name a labels.csv that explore.py has written."
            ) from error

    def __call__(self, dataset: Dataset, token: object, sample: SampleId) -> bool:
        return sample.split != "train" or sample not in self.listed
