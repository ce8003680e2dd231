"""Further validation sets: samples of other datasets, with metrics of their own."""

from ..core.errors import InputError
from ..core.opened import opened_files
from ..datasets.dataset import definition_of
from ..definitions.definition import Batch
from .reader import SplitReader
from .splits import validation_split


class ValidationSet:
    """The `val` split of the reader's dataset, or its `test` split if it has no `val`.

    Raises:
        InputError: the dataset does not fit the definition of the reader; names the set.
    """

    def __init__(self, name: str, reader: SplitReader) -> None:
        self.reader = reader
        if reason := reader.definition.incompatibility(definition_of(reader.dataset)):
            raise InputError(
                f"The validation set '{name}' ({type(reader.dataset).__name__}) does not fit the training: it has "
                f"{reason}."
            )

    def read(self) -> Batch:
        """Prepared samples, filtered and limited like those of the other splits."""
        dataset, options = self.reader.dataset, self.reader.options
        with opened_files() as opened:
            selected = validation_split(dataset, options.split.filter or None, options.limit_samples)
        dataset.opened |= opened
        return self.reader.read("val", selected)
