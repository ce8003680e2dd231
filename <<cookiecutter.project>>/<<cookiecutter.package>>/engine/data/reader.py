"""Reading whole splits of a dataset, prepared and cached."""

from collections.abc import Callable
from functools import partial
from typing import Protocol

from ..core.errors import InputError
from ..core.opened import opened_files
from ..core.plain import Config
from ..datasets.dataset import Dataset, Samples, SplitName
from ..definitions.definition import Batch, Definition, Sample
from .options import DataOptions
from .prepare import ReadRequest, load
from .splits import SplitIndices

CacheKey = Callable[[SplitName], Config]
"""Everything that determines the prepared samples of a split, as plain data."""


class Prepare(Protocol):
    """Cached transformers in one mode (the name of the split); None drops the sample."""

    def __call__(self, sample: Sample, mode: SplitName) -> Sample | None: ...


class SplitReader:
    """Read the samples of a split, pass each once through `prepare`, and check them against the definition.

    Raises:
        InputError: there is a cache, and no `cache_key`.
    """

    def __init__(
        self,
        dataset: Dataset,
        prepare: Prepare,
        definition: Definition,
        options: DataOptions,
        cache_key: CacheKey | None = None,
    ) -> None:
        self.dataset, self.prepare, self.definition, self.options = dataset, prepare, definition, options
        self.cache = options.cache or None  # Hydra gives {} for an empty config
        if self.cache is not None and cache_key is None:
            raise InputError("A cache needs a cache_key, to be invalidated when the samples change: give one.")
        self.cache_key = cache_key

    def samples(self, source: SplitName) -> Samples:
        """Raw samples of one of the dataset's own splits."""
        return self.dataset.samples(self.dataset.tokens(source), self.definition)

    def read(self, split: SplitName, selected: SplitIndices) -> Batch:
        """Prepared samples of a split."""
        transformers = None if self.cache_key is None else self.cache_key(split).get("transformers")
        if (prepared := self.dataset.prepared(selected.source, selected.indices, transformers)) is not None:
            return prepared
        request = self.request(split, selected)
        if self.cache is None or self.cache_key is None:
            return load(request)
        source = f"{type(self.dataset).__name__}-{selected.source}"
        return self.cache.load({"source": source, **self.cache_key(split)}, request)

    def request(self, split: SplitName, selected: SplitIndices) -> ReadRequest:
        """What is to be read and prepared for a split."""
        with opened_files() as opened:
            samples = self.samples(selected.source)
        return ReadRequest(
            samples=samples,
            indices=selected.indices,
            prepare=partial(self.prepare, mode=split),
            title=f"{type(self.dataset).__name__} {split}",
            num_workers=self.options.num_workers,
            skip_errors=self.options.on_error == "skip",
            opened=self.dataset.opened | opened,
            timeout=self.options.timeout,
        )
