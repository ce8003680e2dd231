"""Prepared samples that are read from shards while a network trains: data beyond one disk."""

import logging
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, NamedTuple, overload

import polars
import torch
from annotated_types import Ge, Gt
from safetensors.torch import load_file
from torch import Tensor

from ..checkpoints.assets import contents_of
from ..checkpoints.checkpoint import definition_of
from ..core.errors import InputError, shortened
from ..core.plain import PlainData
from ..datasets.dataset import SPLITS, Dataset, Meta, SplitName
from ..definitions.definition import Batch, Definition
from ..definitions.markers import fill_of
from .layout import Layout
from .shard_store import INDEX, Shard, Store
from .sharded_rows import Places, ShardedRagged, ShardedRows
from .shards import Shards

log = logging.getLogger(__name__)


class Token(NamedTuple):
    """Sample of a split."""

    split: SplitName
    place: int


class Tokens(Sequence[Token]):
    """Tokens of a split, which take no memory."""

    def __init__(self, split: SplitName, count: int) -> None:
        self.split, self.places = split, range(count)

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, index: int) -> Token: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Token]: ...
    def __getitem__(self, index: int | slice) -> Token | Sequence[Token]:
        chosen = self.places[index]
        return Token(self.split, chosen) if isinstance(chosen, int) else [Token(self.split, each) for each in chosen]


class Streaming(Dataset[Token]):
    """Shards that `python shard.py` has written, in a folder or an object store.

    They hold samples after the cached transformers, which are not applied again. The id of a sample is its place in its
    split.

    Args:
        dir: Folder, or URL that fsspec reads, such as s3://bucket/folder (AWS_ENDPOINT_URL names another server).
        cache: Folder for copies of what is not on this disk.
        cache_gib: Largest size of the copies.
        window: Shards whose samples are mixed with each other; a process maps so many at a time.

    Raises:
        InputError: there are no shards, they cannot be read, or twice `window` of them are larger than `cache_gib`.
    """

    def __init__(
        self,
        dir: str,
        cache: str = "data/shards_cache",
        cache_gib: Annotated[float, Gt(0)] = 20,
        window: Annotated[int, Ge(1)] = 8,
    ) -> None:
        super().__init__(cache)
        self.store, self.window = Store(dir, cache, cache_gib * 2**30), window
        self.index = self.store.index()
        self.shards = {split: [Shard(*each) for each in self.index["splits"][split]["shards"]] for split in SPLITS}
        self.layouts = {name: Layout(*each) for name, each in self.index["layouts"].items()}
        largest = max(shard.bytes for shards in self.shards.values() for shard in shards)
        if not self.store.is_local and 2 * window * largest > self.store.limit:
            raise InputError(
                f"Shards of {dir} have up to {largest / 2**20:.3g} MiB: cache_gib = {cache_gib:g} is less than the "
                f"{2 * window} that are needed at a time; raise it, or lower window (now {window})."
            )
        self.places = {split: Places(Shards(self.store, self.shards[split], window)) for split in SPLITS}
        self.columns: dict[SplitName, dict[str, Tensor]] = {}
        self.facts: dict[SplitName, polars.DataFrame] = {}

    def definition(self) -> Definition:
        return self._definition

    @cached_property
    def _definition(self) -> Definition:
        assets = self.index["assets"]
        contents = contents_of(load_file(self.store.fetch(Shard(*assets)))) if assets else {}
        return definition_of(self.index["definition"], contents)

    def tokens(self, split: SplitName) -> Sequence[Token]:
        return Tokens(split, sum(shard.samples for shard in self.shards[split]))

    def source_files(self) -> Sequence[Path]:
        return [self.store.folder / INDEX]

    def meta(self, token: Token) -> Meta:
        file = self.index["splits"][token.split]["meta"]
        if file is None:
            return {}
        if token.split not in self.facts:
            self.facts[token.split] = polars.read_parquet(self.store.fetch(Shard(*file)))
        facts = self.facts[token.split].row(token.place, named=True)
        return {name: value for name, value in facts.items() if value is not None}

    def getter(self, field: str, definition: Definition | None = None) -> Callable[[Token], Tensor]:
        """Getter of a field of a prepared sample."""
        fields = self.definition().Input if field in self.definition().Input._fields else self.definition().Target

        def get(token: Token) -> Tensor:
            found: Tensor = self._field(token.split, fields, field, torch.tensor([token.place]))[:][0]
            return found

        return get

    def prepared(self, split: SplitName, indices: Sequence[int], transformers: Sequence[PlainData] | None) -> Batch:
        """Samples of a split, whose rows are read when they are indexed; targets of at most 64 bytes are in memory.

        Raises:
            InputError: the shards were written with other transformers.
        """
        if transformers is not None:
            self._check(split, transformers)
        samples, definition = torch.tensor(indices), self.definition()
        parts = [
            fields(*(self._field(split, fields, name, samples) for name in fields._fields))
            for fields in (definition.Input, definition.Target)
        ]
        return Batch(samples, self._columns(split)["weight"][samples], *parts)

    def _check(self, split: SplitName, transformers: Sequence[PlainData]) -> None:
        written = self.index["splits"][split]["transformers"]
        one, other = ([[part["part"], part["version"]] for part in parts] for parts in (written, transformers))
        if one != other:
            raise InputError(
                f"The {split} shards of {self.store.dir} were written by the transformers {shortened(one, 200)}, but "
                f"these are {shortened(other, 200)}: choose the same ones, or write other shards with `shard.py`."
            )
        if written != transformers:
            log.warning("The code of the transformers has changed since the shards of %s were written.", self.store.dir)

    def _field(self, split: SplitName, fields: type[NamedTuple], name: str, samples: Tensor) -> Tensor | ShardedRows:
        full = f"{'input' if fields is self.definition().Input else 'target'}.{name}"
        if full in (columns := self._columns(split)):
            return columns[full][samples]
        layout, places = self.layouts[full], self.places[split]
        if layout.ragged:
            row = [self.index["longest"][f"{full}.lengths"], *layout.shape]
            return ShardedRagged(places, full, samples, row, layout.torch_dtype, fill_of(fields, name))
        return ShardedRows(places, full, samples, layout.shape, layout.torch_dtype)

    def _columns(self, split: SplitName) -> dict[str, Tensor]:
        if split not in self.columns:
            self.columns[split] = load_file(self.store.fetch(Shard(*self.index["splits"][split]["columns"])))
        return self.columns[split]
