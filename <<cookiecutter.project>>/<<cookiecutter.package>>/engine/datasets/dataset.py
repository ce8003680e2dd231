"""Base class of datasets: tokens, and one getter for each field."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

from ..core.errors import InputError
from ..definitions.definition import Definition, Sample
from ..definitions.ragged import ragged_fields

SplitName = Literal["train", "val", "test"]
SPLITS: tuple[SplitName, ...] = get_args(SplitName)


class Dataset(ABC):
    """A source of samples. A subclass has `definition`, `tokens` and a `get_<field>(token)` for each field of the
    definition's input and target. A getter returns a tensor or a number; only getters that are needed are called.

    Args:
        root: Folder of the data.

    Attributes:
        ratios: Share of each source in training, if samples come from several sources.
        version: Increased when samples change but neither this class's module, nor its arguments, nor its files do.
    """

    ratios: Sequence[float] | None = None
    version: int = 1

    def __init__(self, root: str = "data") -> None:
        self.root = Path(root)

    @abstractmethod
    def definition(self) -> Definition:
        """The definition of these data, from metadata alone: no sample is read."""

    @abstractmethod
    def tokens(self, split: SplitName) -> Sequence[Any]:
        """A token (an index, a path, …) for each sample of a split, always in the same order.

        `val` is empty if the source has no validation split: the data module then splits one off `train`.
        """

    def get_weight(self, token: Any) -> float:
        """The weight of a sample in the loss; 0 removes it."""
        return 1.0

    def source_of(self, token: Any) -> int:
        """Index into `ratios` of the source of a sample."""
        return 0

    def source_files(self) -> Sequence[Path]:
        """Files of all samples that no token names; caches are invalidated when they change."""
        return ()

    def samples(self, tokens: Sequence[Any], definition: Definition | None = None) -> "Samples":
        """The raw samples of some tokens, read when they are indexed; the id of a sample is its index into `tokens`.
        Cached transformers will make them fit `definition`, by default the dataset's own.
        """
        return Samples(self, tokens, definition or self.definition())

    def getter(self, field: str) -> Callable[[Any], Any]:
        """The getter of a field.

        Raises:
            InputError: the class has no such method.
        """
        get = getattr(self, f"get_{field}", None)
        if get is None:
            name, definition = type(self).__name__, type(self.definition()).__name__
            raise InputError(
                f"{name} has no get_{field}, but {definition} has a field '{field}': "
                f"add `def get_{field}(self, token)` to {name}."
            )
        return get  # type: ignore[no-any-return]


class Samples:
    """Raw samples of a split by index."""

    def __init__(self, dataset: Dataset, tokens: Sequence[Any], definition: Definition) -> None:
        self.definition = definition
        self.ragged = ragged_fields(self.definition)
        self.types = self.definition.Input, self.definition.Target
        self.getters = [[dataset.getter(field) for field in fields._fields] for fields in self.types]
        self.get_weight = dataset.get_weight
        self.tokens = tokens

    def __len__(self) -> int:
        return len(self.tokens)

    def __getitem__(self, index: int) -> Sample:
        token = self.tokens[index]
        parts = [
            fields(*(get(token) for get in getters)) for fields, getters in zip(self.types, self.getters, strict=True)
        ]
        return Sample(index, self.get_weight(token), *parts)


def paths_of(token: Any) -> list[Path]:
    """The paths in a token."""
    if isinstance(token, tuple):
        return [path for part in token for path in paths_of(part)]
    return [token] if isinstance(token, Path) else []
