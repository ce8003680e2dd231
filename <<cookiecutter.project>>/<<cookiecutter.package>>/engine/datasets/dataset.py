"""Base class of datasets: tokens, and one getter for each field."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from inspect import signature
from pathlib import Path
from typing import Any, Generic, Literal, NamedTuple, get_args

from torch import Tensor
from typing_extensions import TypeVar

from ..core.errors import InputError, failure
from ..core.plain import PlainData
from ..definitions.definition import Batch, Definition, Sample
from ..definitions.markers import Length, marked
from ..definitions.ragged import ragged_fields

SplitName = Literal["train", "val", "test"]
SPLITS: tuple[SplitName, ...] = get_args(SplitName)
Token = TypeVar("Token", default=Any)
Value = Tensor | float | str | bytes | Path
"""Field of one sample, as a getter returns it; cached transformers make a tensor of a text, bytes or a path."""
Meta = Mapping[str, str | float]
"""Facts of one sample that are no fields, by name."""


class Dataset(ABC, Generic[Token]):
    """Source of samples. A subclass has `definition`, `tokens` and a `get_<field>(token)` for each field of the
    definition's input and target, except those that collation fills in (`Length`). A getter returns a tensor or a
    number, or what the cached transformers make a tensor of; only getters that are needed are called. One with a
    parameter `definition` gets the definition to which its samples will be converted. Its sizes may differ from the
    dataset's own, so that the getter can read at a lower resolution.

    Args:
        root: Folder of the data.

    Attributes:
        ratios: Share of each source in training, if samples come from several sources.
        opened: Files that were opened before the first sample was read; recorded by the engine.
        version: Increased when samples change but neither this class's module, nor its arguments, nor its files do.
    """

    ratios: Sequence[float] | None = None
    opened: frozenset[Path] = frozenset()
    version: int = 1

    def __init__(self, root: str = "data") -> None:
        self.root = Path(root)

    @abstractmethod
    def definition(self) -> Definition:
        """Definition of the data, from metadata alone: no sample is read."""

    @abstractmethod
    def tokens(self, split: SplitName) -> Sequence[Token]:
        """Tokens (an index, a path, …), one for each sample of a split, always in the same order.

        `val` is empty if the source has no validation split: the data module then splits one off `train`.
        """

    def get_weight(self, token: Token) -> float:
        """Weight of a sample in the loss; 0 removes it."""
        return 1.0

    def source_of(self, token: Token) -> int:
        """Index into `ratios` of the source of a sample."""
        return 0

    def meta(self, token: Token) -> Meta:
        """Facts of a sample that are no fields (font, patient, camera): columns of the tables of predictions.

        Called when a table is written. The first path in a token is the column `path` without being named.
        """
        return {}

    def source_files(self) -> Sequence[Path]:
        """Files of all samples that no token names; caches are invalidated when they change.

        Files that Python's `open` reads are noticed without being named: name those that a compiled library opens
        (HDF5, polars).
        """
        return ()

    def prepared(
        self, split: SplitName, indices: Sequence[int], transformers: Sequence[PlainData] | None
    ) -> Batch | None:
        """Samples of a split, of a dataset that has them as the cached `transformers` would make them; None: the
        getters are called, and each sample is prepared.
        """
        return None

    def samples(self, tokens: Sequence[Token], definition: Definition | None = None) -> "Samples[Token]":
        """Raw samples of some tokens, read when they are indexed; the id of a sample is its index into `tokens`.
        Cached transformers will convert them to `definition`, by default the dataset's own.
        """
        return Samples(self, tokens, definition or self.definition())

    def getter(self, field: str, definition: Definition | None = None) -> Callable[[Token], Value]:
        """Getter of a field, for samples that will be converted to `definition`, or the dataset's own.

        Raises:
            InputError: the class has no such method.
        """
        get = getattr(self, f"get_{field}", None)
        if get is None:
            name, problem = type(self).__name__, type(self.definition()).__name__
            raise InputError(
                f"{name} has no get_{field}, but {problem} has a field '{field}': "
                f"add `def get_{field}(self, token)` to {name}."
            )
        if "definition" in signature(get).parameters:
            return partial(get, definition=definition or self.definition())
        return get  # type: ignore[no-any-return]


def definition_of(dataset: Dataset) -> Definition:
    """Definition of a dataset.

    Raises:
        InputError: the method fails, or does not return one.
    """
    name = f"{type(dataset).__name__}.definition()"
    try:
        definition: object = dataset.definition()
    except InputError:
        raise
    except Exception as error:  # the owner's code may raise anything
        raise failure(f"{name} fails", error) from error
    if not isinstance(definition, Definition):
        raise InputError(f"{name} returns {returned(definition)}, expected a Definition.")
    return definition


def tokens_of(dataset: Dataset[Token], split: SplitName) -> Sequence[Token]:
    """Tokens of a split.

    Raises:
        InputError: the method fails, or does not return a sequence.
    """
    name, hint = f"{type(dataset).__name__}.tokens({split!r})", " return [] if the source has no such split"
    try:
        tokens = dataset.tokens(split)
    except InputError:
        raise
    except Exception as error:  # the owner's code may raise anything
        raise failure(f"{name} fails", error, f";{hint}" if isinstance(error, LookupError) else "") from error
    if not hasattr(tokens, "__len__") or not hasattr(tokens, "__getitem__"):
        raise InputError(f"{name} returns {returned(tokens)}, expected a sequence:{hint}.")
    return tokens


def returned(value: object) -> str:
    """What a method has returned, in a message."""
    return "None (is `return` missing?)" if value is None else type(value).__name__


class Samples(Generic[Token]):
    """Raw samples of a split by index."""

    def __init__(self, dataset: Dataset[Token], tokens: Sequence[Token], definition: Definition) -> None:
        self.definition = definition
        self.ragged = ragged_fields(self.definition)
        self.types = self.definition.Input, self.definition.Target
        self.getters = [[*_getters(dataset, fields, definition)] for fields in self.types]
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


def _getters(
    dataset: Dataset[Token], fields: type[NamedTuple], definition: Definition
) -> Iterator[Callable[[Token], Value | None]]:
    lengths = marked(fields, Length)  # filled in by collation
    for field in fields._fields:
        yield (lambda token: None) if field in lengths else dataset.getter(field, definition)


def paths_of(token: object) -> list[Path]:
    """Paths in a token."""
    if isinstance(token, tuple):
        return [path for part in token for path in paths_of(part)]
    return [token] if isinstance(token, Path) else []
