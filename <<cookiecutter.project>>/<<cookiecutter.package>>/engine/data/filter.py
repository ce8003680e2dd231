"""Choosing samples of a dataset."""

from collections.abc import Sequence
from typing import Any

from ..core.errors import InputError
from ..datasets.dataset import Dataset


class ByValue:
    """Keeps the samples whose `field` is among `values`, in every split.

    Raises:
        InputError: the definition has no such field.
    """

    def __init__(self, field: str, values: Sequence[float]) -> None:
        self.field, self.values = field, frozenset(values)

    def __call__(self, dataset: Dataset, token: Any) -> bool:
        definition = dataset.definition()
        fields = (*definition.Target._fields, *definition.Input._fields)
        if self.field not in fields:
            raise InputError(f"dataset.filter.field = {self.field}: expected one of {', '.join(fields)}.")
        return dataset.getter(self.field)(token) in self.values
