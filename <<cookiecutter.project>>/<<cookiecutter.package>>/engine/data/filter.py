"""Filters: predicates that select samples of a dataset."""

from collections.abc import Callable, Sequence

from ..core.errors import InputError
from ..datasets.dataset import Dataset

Filter = Callable[[Dataset, object], bool]
"""Called with a dataset and a token."""


class ByValue:
    """Keep samples whose `field` has one of `values`, in every split.

    Raises:
        InputError: the definition has no such field.
    """

    def __init__(self, field: str, values: Sequence[float]) -> None:
        self.field, self.values = field, frozenset(values)

    def __call__(self, dataset: Dataset, token: object) -> bool:
        definition = dataset.definition()
        fields = (*definition.Target._fields, *definition.Input._fields)
        if self.field not in fields:
            raise InputError(f"field = {self.field}: expected one of {', '.join(fields)}.")
        return dataset.getter(self.field)(token) in self.values
